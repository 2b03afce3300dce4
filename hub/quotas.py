"""Quotas: who may hold how much, set at a scope and read with what takes effect there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from hub.errors import BadValue, NotFound, Refused
from hub.house import House
from hub.policy import ceilings as c
from hub.policy.amounts import effective_guarantees
from hub.policy.ceilings import Ceiling, Ceilings, Quota, nearest, together
from hub.policy.guarantees import above_capacity, holds_from
from hub.policy.people import EVERYONE, SITE
from hub.policy.reservations import LENT_AHEAD, MADE_AHEAD
from hub.store import ceilings as rows
from hub.store.audit import write
from hub.store.floor import load_floor
from hub.store.people import check_group, load_person
from hub.units import from_parts, hours_of, share_text

PLACES = {
    c.GUARANTEE: (("group", "course"), "a guarantee is an account's: set it at group:NAME"),
    c.PRIORITY: (("group", "course"), "a priority is an account's: set it at group:NAME"),
    c.ISOLATION: (
        ("group", "course", "site"),
        "a wall is demanded by an account or by the site: set it at group:NAME or site",
    ),
}
"""The kinds that stand at some scopes only, and the sentence for who tries another."""


@dataclass(frozen=True)
class Raised:
    """A guarantee that was just raised, and from when it holds; None: nobody knows yet."""

    holds_from: datetime | None


@dataclass(frozen=True)
class ScopeQuotas:
    """What is set at one scope itself, and what takes effect there and where that was set.

    Of totals and budgets several may take effect together. A guarantee's effective value is what
    is left of it on the GPUs that are healthy; `raised` is of the change that was just made.
    """

    scope: str
    set_here: Mapping[str, Quota]
    effective: Mapping[str, tuple[Ceiling, ...]]
    raised: Raised | None = None


def misplaced(scope: str, kind: str) -> str | None:
    """Say where a kind of quota belongs, if it can't stand at that scope."""
    places, sentence = PLACES.get(kind, ((), ""))
    return sentence if places and scope.partition(":")[0] not in places else None


def set_quotas(
    house: House, scope: str, values: Mapping[str, Quota | None], actor: str, now: datetime
) -> ScopeQuotas:
    """Set values at a scope, or remove them with None; ends nothing that runs.

    Raises NotFound for the scope, BadValue for a kind that can't stand there, and Refused for
    guarantees that sum above what all GPUs have, or leases longer than reservations are known.
    """
    values = {_kind_at(scope, kind): value for kind, value in values.items()}
    _check_ahead(values.get(c.LEASE_HOURS))
    with house.database.write() as db:
        before = _load(db, house, scope, now).set_here
        changed = {kind: value for kind, value in values.items() if before.get(kind) != value}
        for kind, value in changed.items():
            rows.set_ceiling(db, scope, kind, value)
        raised = None
        if _is_more(changed.get(c.GUARANTEE), before.get(c.GUARANTEE)):
            raised = _raise_guarantee(db, house, now)
        if changed:
            write(db, actor, "quota set", {"scope": scope, **_told(changed)}, now)
        return replace(_load(db, house, scope, now), raised=raised)


def load_quotas(house: House, scope: str, now: datetime) -> ScopeQuotas:
    """Load what is set and what takes effect at a scope; raises NotFound."""
    with house.database.read() as db:
        return _load(db, house, scope, now)


def say_quota(kind: str, quota: Quota | Ceiling) -> str:
    """Print a value as it is set: 2, 0.5, 40/week, firm."""
    if kind == c.ISOLATION:
        return c.ISOLATIONS[int(quota.value)]
    text = share_text(quota.value)
    return f"{text}/{quota.window}" if quota.window else text


def _kind_at(scope: str, kind: str) -> str:
    sentence = misplaced(scope, kind)
    if sentence is not None:
        raise BadValue(sentence)
    return c.SAME_FOR_ONE.get(kind, kind) if scope.startswith("user:") else kind


def _check_ahead(lease_hours: Quota | None) -> None:
    """Refuse leases so long that a reservation could begin in them that is not laid out yet."""
    most = hours_of(LENT_AHEAD)
    if lease_hours is not None and lease_hours.value > most:
        raise Refused(
            f"lease-hours {share_text(lease_hours.value)}: at most {share_text(most)} h"
            f" ({LENT_AHEAD.days} days) at once, for reservations are laid out"
            f" {MADE_AHEAD.days} days ahead and no lease may run into one; a server that runs"
            " longer is extended, up to lease-hours-total"
        )


def _is_more(after: Quota | None, before: Quota | None) -> bool:
    return after is not None and after.value > (before.value if before is not None else 0)


def _raise_guarantee(db: Connection, house: House, now: datetime) -> Raised:
    floor = load_floor(db, house.terms, now)
    if above_capacity(floor.guarantees, floor.nominal):
        each = ", ".join(f"{a} {_gpus(parts)}" for a, parts in floor.guarantees.items())
        total = _gpus(sum(floor.guarantees.values()))
        raise Refused(
            f"guarantees would sum to {total} GPU, and all GPUs here are {_gpus(floor.nominal)}:"
            f" {each}"
        )
    return Raised(holds_from(floor))


def _gpus(parts: int) -> str:
    return share_text(from_parts(parts))


def _load(db: Connection, house: House, scope: str, now: datetime) -> ScopeQuotas:
    kind, _, name = scope.partition(":")
    user, account = "", scope
    if scope == f"group:{EVERYONE}":
        raise BadValue("everyone is no account: what holds for everybody is set at site")
    if kind == "group":
        check_group(db, name)
    elif kind == "user":
        person = load_person(db, name)
        user, account = name, person.account_for(None) or SITE
    elif kind == "course":
        raise NotFound(f"{name}: there is no course of that name")
    known = {
        (source, quota): value
        for source in dict.fromkeys((scope, account, SITE))
        for quota, value in rows.load_scope(db, source).items()
    }
    effective = dict(_effective(known, user, account))
    if c.GUARANTEE in effective:
        guaranteed = effective_guarantees(load_floor(db, house.terms, now)).get(account, 0)
        effective[c.GUARANTEE] = (Ceiling(from_parts(guaranteed), account),)
    return ScopeQuotas(scope, rows.load_scope(db, scope), effective)


def _effective(
    known: Ceilings, user: str, account: str
) -> Iterator[tuple[str, tuple[Ceiling, ...]]]:
    for kind in (*c.EACH, c.ISOLATION):
        found = nearest(known, kind, user, account)
        if found is not None:
            yield kind, (found,)
    for kind in c.TOTALS:
        every = tuple(together(known, kind, account))
        if every:
            yield kind, every
    for kind in (c.GUARANTEE, c.PRIORITY):
        quota = known.get((account, kind))
        if quota is not None:
            yield kind, (Ceiling(quota.value, account),)


def _told(values: Mapping[str, Quota | None]) -> dict[str, str]:
    return {
        kind: "none" if value is None else say_quota(kind, value) for kind, value in values.items()
    }
