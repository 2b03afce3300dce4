"""What was used and what is held, read from the sums by day: as fast however long the ledger."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Connection, func, select

from hub.policy.budgets import DaySum
from hub.policy.leases import State
from hub.policy.people import SITE
from hub.store.ledger_schema import day_sums, ledger
from hub.store.schema import groups, leases, people

By = Literal["user", "group", "course"]

FEW = 100

CLOCK_TOLERANCE = timedelta(seconds=30)


@dataclass(frozen=True)
class UsageRecord:
    """What one person or account used and still holds, in GPU-ms; leases count by their opening."""

    key: str
    gpu_ms: int
    held_gpu_ms: int
    leases: int


SUMS = tuple(
    func.coalesce(func.sum(column), 0)
    for column in (day_sums.c.settled_ms, day_sums.c.held_ms, day_sums.c.leases)
)


def load_used(db: Connection, scope: str, first: date, last: date) -> DaySum:
    """Sum one scope over its days, from the first to the last, by their keys."""
    where = (day_sums.c.scope == scope) & day_sums.c.day.between(first, last)
    settled, held, _ = db.execute(select(*SUMS).where(where)).one()
    return DaySum(int(settled), int(held))


def load_usage(db: Connection, by: By, since: date) -> list[UsageRecord]:
    """Sum by person or by account from the first moment of a day on; no courses yet."""
    if by == "user":
        return _sums_by(db, "user:", people.c.name, since)
    if by == "group":
        return _by_account(db, since)
    return []


def newest_entry(db: Connection) -> datetime | None:
    """Find the newest time in the books, which the wall clock must never stand before."""
    closed = db.execute(select(func.max(ledger.c.at))).scalar()
    opened = db.execute(
        select(func.max(leases.c.opened_at)).where(leases.c.state != State.CLOSED)
    ).scalar()
    return max((t for t in (closed, opened) if t is not None), default=None)


def clock_is_behind(db: Connection, now: datetime) -> bool:
    """Say whether the wall clock was set back before what the books tell of: nothing starts."""
    newest = newest_entry(db)
    return newest is not None and newest > now + CLOCK_TOLERANCE


def _by_account(db: Connection, since: date) -> list[UsageRecord]:
    """List groups, and under "site" what belongs to none of them, so that they add up."""
    found = _sums_by(db, "group:", groups.c.name, since)
    where = (day_sums.c.scope == SITE) & (day_sums.c.day >= since)
    rest = [int(amount) for amount in db.execute(select(*SUMS).where(where)).one()]
    for record in found:
        of = (record.gpu_ms, record.held_gpu_ms, record.leases)
        rest = [amount - part for amount, part in zip(rest, of, strict=True)]
    accounts = [UsageRecord(f"group:{r.key}", r.gpu_ms, r.held_gpu_ms, r.leases) for r in found]
    return [*accounts, UsageRecord(SITE, *rest)] if any(rest) else accounts


def _sums_by(
    db: Connection, prefix: str, name: ColumnElement[str], since: date
) -> list[UsageRecord]:
    """Sum by name: few by their keys, many by the days, however many days there were before."""
    names = sorted(db.execute(select(name)).scalars())
    where = day_sums.c.day >= since
    if len(names) <= FEW:
        where &= day_sums.c.scope.in_([f"{prefix}{known}" for known in names])
    scope = day_sums.c.scope.concat("")  # or SQLite reads every day there is, in the scopes' order
    rows = db.execute(select(scope, *SUMS).where(where).group_by(scope))
    found = {key: (int(used), int(held), int(n)) for key, used, held, n in rows}
    kept = ((known, found.get(f"{prefix}{known}", (0, 0, 0))) for known in names)
    return [UsageRecord(known, *sums) for known, sums in kept if any(sums)]
