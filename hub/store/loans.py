"""Loans as rows: promoted, or told when they are taken back; each an update of just one row."""

from datetime import datetime

from sqlalchemy import Connection, or_, update

from hub import crashes
from hub.policy.leases import State
from hub.store.schema import leases


def promote(db: Connection, lease_id: int) -> bool:
    """Let a running loan be a lease like any other; False if it was ended or told meanwhile."""
    where = _running_loan(lease_id) & leases.c.reclaim_at.is_(None)
    values = {"loan": False, "guaranteed_until": leases.c.expires_at}
    done = db.execute(update(leases).where(where).values(values))
    crashes.here("loan.promoted")
    return bool(done.rowcount == 1)


def set_reclaim(db: Connection, lease_id: int, at: datetime) -> bool:
    """Note when a running loan is taken back; False if it was ended, or told a time as early."""
    later = or_(leases.c.reclaim_at.is_(None), leases.c.reclaim_at > at)
    values = {"reclaim_at": at, "guaranteed_until": at}
    where = _running_loan(lease_id) & later
    done = db.execute(update(leases).where(where).values(values))
    crashes.here("loan.told")
    return bool(done.rowcount == 1)


def _running_loan(lease_id: int):  # type: ignore[no-untyped-def]  # SQL expression
    return (leases.c.id == lease_id) & leases.c.loan & (leases.c.state == State.ACTIVE)
