"""Quotas: who may hold how much, set at a scope and read with what takes effect there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hub.errors import NotFound
from hub.house import House
from hub.policy.ceilings import EACH, Ceiling, Quota, nearest
from hub.policy.people import SITE
from hub.store import ceilings as rows
from hub.store.audit import write
from hub.store.people import check_group, load_person
from hub.units import share_text


@dataclass(frozen=True)
class ScopeQuotas:
    """What is set at one scope itself, and what takes effect there and where that was set."""

    scope: str
    set_here: Mapping[str, Quota]
    effective: Mapping[str, Ceiling]


def set_quotas(
    house: House, scope: str, values: Mapping[str, Quota | None], actor: str, now: datetime
) -> ScopeQuotas:
    """Set values at a scope, or remove them with None; ends nothing that runs. Raises NotFound."""
    with house.database.write() as db:
        before = _load(db, scope).set_here
        changed = {kind: value for kind, value in values.items() if before.get(kind) != value}
        for kind, value in changed.items():
            rows.set_ceiling(db, scope, kind, value)
        if changed:
            write(db, actor, "quota set", {"scope": scope, **_told(changed)}, now)
        return _load(db, scope)


def load_quotas(house: House, scope: str) -> ScopeQuotas:
    """Load what is set and what takes effect at a scope; raises NotFound."""
    with house.database.read() as db:
        return _load(db, scope)


def _load(db: Connection, scope: str) -> ScopeQuotas:
    kind, _, name = scope.partition(":")
    user, account = "", scope
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
    found = {quota: nearest(known, quota, user, account) for quota in EACH}
    effective = {quota: ceiling for quota, ceiling in found.items() if ceiling is not None}
    return ScopeQuotas(scope, rows.load_scope(db, scope), effective)


def say_quota(quota: Quota) -> str:
    """Print a value as it is set: 2, 0.5, 40/week."""
    text = share_text(quota.value)
    return f"{text}/{quota.window}" if quota.window else text


def _told(values: Mapping[str, Quota | None]) -> dict[str, str]:
    return {kind: "none" if value is None else say_quota(value) for kind, value in values.items()}
