"""More time for a running lease: extended at once, asked of whoever may decide, or kept going."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from hub.errors import BadValue, Refused
from hub.house import House
from hub.policy.extension import (
    Extension,
    decidable,
    decide_extension,
    longest_extension,
)
from hub.policy.leases import Lease
from hub.policy.outcomes import Denial
from hub.policy.reasons import Reason
from hub.policy.rights import Actor, may_ask, may_switch
from hub.policy.work import AT_A_TIME, keeps_going, not_at_work
from hub.store import asks, extensions, leases, notices
from hub.store.asks import Request
from hub.store.audit import write
from hub.store.work import find_work, load_works
from hub.units import hours_of, share_text

MOST = timedelta(days=366)
STEWARD = "steward"
WENT_ON = "kept"
"""The kind of the notice that a server was extended by itself."""


@dataclass(frozen=True)
class Extended:
    """Yes: the lease as it runs now."""

    lease: Lease


@dataclass(frozen=True)
class Asked:
    """Not by this rule, but somebody may decide: the request that waits, and what is against it."""

    request: Request
    denial: Denial


def extend(
    house: House, lease_id: int, hours: Fraction | float, actor: Actor, now: datetime
) -> Extended | Asked | Denial:
    """Extend a lease by so many hours, or ask whoever may decide; the same ask again is the same.

    A denial is given where nobody could grant it. Raises NotFound, Refused for a lease that is
    not the actor's to extend, and BadValue for hours that are none.
    """
    more = parse_more(hours)
    with house.database.write() as db:
        lease = leases.load_lease(db, lease_id)
        if not may_ask(actor, lease.person_id, lease.account):
            raise Refused(f"lease {lease_id} is not yours to extend")
        ground = extensions.load_ground(db, lease, house.terms, now)
        outcome = decide_extension(lease, more, ground)
        if isinstance(outcome, Extension):
            return Extended(apply(db, house, lease, outcome, actor.name, now))
        if not decidable(outcome.reasons):
            return outcome
        return Asked(_ask(db, lease, more, actor, now), outcome)


def apply(
    db: Connection, house: House, lease: Lease, granted: Extension, by: str, now: datetime
) -> Lease:
    """Carry out an extension inside the transaction it was decided in."""
    extended = extensions.extend_lease(db, lease, granted.until, house.zone)
    detail = {"lease": lease.id, "user": lease.user, "until": granted.until.isoformat()}
    write(db, by, "lease extend", detail, now)
    return extended


def keep_going(house: House, now: datetime) -> list[Lease]:
    """Extend by an hour every lease that is to keep going and may; gives those extended."""
    with house.database.read() as db:
        wanted = keeps_going(leases.load_open(db), load_works(db), now)
    found = (_keep_one(house, lease.id, now) for lease in wanted)
    return [lease for lease in found if lease is not None]


def why_not_kept(db: Connection, house: House, lease: Lease, now: datetime) -> tuple[Reason, ...]:
    """Say why a lease that is to keep going does not, just now; nothing where it may."""
    still = not_at_work(find_work(db, lease.id), now)
    if still is not None:
        return (still,)
    ground = extensions.load_ground(db, lease, house.terms, now)
    if longest_extension(lease, ground, AT_A_TIME) is not None:
        return ()
    outcome = decide_extension(lease, AT_A_TIME, ground)
    return outcome.reasons if isinstance(outcome, Denial) else ()


def set_keep_going(house: House, lease_id: int, on: bool, actor: Actor, now: datetime) -> Lease:
    """Switch keep going of a lease on or off; raises NotFound or Refused."""
    with house.database.write() as db:
        lease = leases.load_lease(db, lease_id)
        if not may_switch(actor, lease.person_id):
            raise Refused(f"lease {lease_id} is not yours to switch")
        if extensions.set_keep_going(db, lease_id, on):
            detail = {"lease": lease_id, "user": lease.user, "on": on}
            write(db, actor.name, "lease keep-going", detail, now)
        return leases.load_lease(db, lease_id)


def opened(house: House, lease_id: int, now: datetime) -> bool:
    """Note that its owner opened a lease's server; False if that was noted before."""
    with house.database.read() as db:
        if leases.load_lease(db, lease_id).visited_at is not None:
            return False
    with house.database.write() as db:
        return extensions.set_visited(db, lease_id, now)


def parse_more(hours: Fraction | float) -> timedelta:
    """Turn hours into a duration to the millisecond; raises BadValue for less than a minute."""
    try:
        more = timedelta(milliseconds=int(Fraction(hours) * 3_600_000))
    except (ValueError, OverflowError):
        raise BadValue(f"{hours}: not a number of hours") from None
    if not timedelta(minutes=1) <= more <= MOST:
        raise BadValue(f"{hours} h: an extension is from a minute to a year long")
    return more


def _ask(db: Connection, lease: Lease, more: timedelta, actor: Actor, now: datetime) -> Request:
    before = asks.find_open(db, lease.id)
    request = asks.ensure_open(db, lease, more, now)
    if before is None or before.more != more:
        asked = {"request": request.id, "lease": lease.id, "hours": share_text(hours_of(more))}
        write(db, actor.name, "request open", asked, now)
    return request


def _keep_one(house: House, lease_id: int, now: datetime) -> Lease | None:
    """Decide on one lease anew: an extension before it may have changed what is free."""
    with house.database.write() as db:
        lease = leases.load_lease(db, lease_id)
        if not keeps_going([lease], load_works(db), now):
            return None
        ground = extensions.load_ground(db, lease, house.terms, now)
        more = min(AT_A_TIME, longest_extension(lease, ground, AT_A_TIME) or timedelta())
        outcome = decide_extension(lease, more, ground) if more else None
        if not isinstance(outcome, Extension):
            return None
        extended = apply(db, house, lease, outcome, STEWARD, now)
        notices.add_notice(db, notices.about_lease(extended, WENT_ON, outcome.until), now)
        return extended
