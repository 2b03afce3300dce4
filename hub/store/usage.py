"""Sums over the ledger, and over what open leases hold."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from hub.policy.leases import State, charge_ms, escrow_ms
from hub.store.leases import load_open
from hub.store.ledger_schema import ledger
from hub.store.schema import leases, people


@dataclass(frozen=True)
class UsageRecord:
    """What one person or account used (settled and running) and still holds, in GPU-ms."""

    key: str
    gpu_ms: int
    held_gpu_ms: int
    leases: int


def load_usage(db: Connection, by: str, since: datetime, now: datetime) -> list[UsageRecord]:
    """Sum by "user" or "group" (the account) from `since` on; running leases count to `now`."""
    key = people.c.name if by == "user" else ledger.c.account
    rows = db.execute(
        select(key, func.sum(ledger.c.gpu_ms), func.count(ledger.c.lease_id.distinct()))
        .join(people, people.c.id == ledger.c.person_id)
        .where(ledger.c.at >= since)
        .group_by(key)
    ).all()
    sums = {row[0]: (int(row[1]), 0, int(row[2])) for row in rows}
    for lease in load_open(db):
        name = lease.user if by == "user" else lease.account
        used, held, count = sums.get(name, (0, 0, 0))
        charged = charge_ms(lease, now)
        sums[name] = (used + charged, held + escrow_ms(lease) - charged, count + 1)
    return [UsageRecord(key, *sums[key]) for key in sorted(sums)]


def newest_entry(db: Connection) -> datetime | None:
    """Find the newest time in the books, which the wall clock must never stand before."""
    closed = db.execute(select(func.max(ledger.c.at))).scalar()
    opened = db.execute(
        select(func.max(leases.c.opened_at)).where(leases.c.state != State.CLOSED)
    ).scalar()
    return max((t for t in (closed, opened) if t is not None), default=None)
