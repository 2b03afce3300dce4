"""The newest sample of every lease's work, and the time its GPUs were seen at work."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from hub.policy.leases import State
from hub.policy.work import Sample, Work
from hub.store.schema import lease_work, leases


def write_samples(db: Connection, samples: Iterable[Sample], now: datetime) -> None:
    """Store one look at every lease; the ledger's tick counts the time that worked by it.

    A look that could not tell is not written: what was known before only grows older.
    """
    before = load_works(db)
    for sample in samples:
        if sample.working is None:
            continue
        known = before.get(sample.lease_id)
        values: dict[str, object] = {
            "sampled_at": now,
            "busy_at": now if sample.working else known.busy_at if known else None,
            "utilisation": sample.utilisation,
            "memory_mib": sample.memory_mib,
        }
        mine = lease_work.c.lease_id == sample.lease_id
        if db.execute(update(lease_work).where(mine).values(**values)).rowcount == 0:
            db.execute(insert(lease_work).values(lease_id=sample.lease_id, **values))


def load_works(db: Connection) -> dict[int, Work]:
    """Load the newest sample of every lease that has one, by lease."""
    return {
        row.lease_id: Work(row.sampled_at, row.busy_at, row.utilisation, row.memory_mib)
        for row in db.execute(select(lease_work))
    }


def find_work(db: Connection, lease_id: int) -> Work | None:
    """Load the newest sample of one lease; None if it has none."""
    row = db.execute(select(lease_work).where(lease_work.c.lease_id == lease_id)).first()
    return Work(row.sampled_at, row.busy_at, row.utilisation, row.memory_mib) if row else None


def forget_closed(db: Connection) -> None:
    """Remove the samples of leases that are closed."""
    closed = select(leases.c.id).where(leases.c.state == State.CLOSED)
    db.execute(delete(lease_work).where(lease_work.c.lease_id.in_(closed)))
