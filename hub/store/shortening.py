"""A lease that gives way to a reservation: it ends sooner, and holds less of its budgets."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, update

from hub import crashes
from hub.policy.leases import State
from hub.store import ledger
from hub.store.leases import load_lease
from hub.store.schema import leases


def shorten_lease(
    db: Connection, lease_id: int, cut: datetime, now: datetime, zone: ZoneInfo
) -> bool:
    """Let a lease end at `cut`; False for one that is closing, or ends by then anyway.

    One that did not begin yet will run for no longer than from now to then.
    """
    lease = load_lease(db, lease_id)
    values: dict[str, object] = {"duration": cut - (lease.active_at or now)}
    if lease.state is State.ACTIVE and lease.expires_at is not None and lease.expires_at > cut:
        values |= {"expires_at": cut, "guaranteed_until": cut}
    elif lease.state is not State.HELD or lease.duration <= cut - now:
        return False
    same = (leases.c.id == lease_id) & (leases.c.state == lease.state)
    if db.execute(update(leases).where(same).values(**values)).rowcount != 1:
        return False
    crashes.here("lease.shortened")
    ledger.ensure_escrow(db, load_lease(db, lease_id), zone)
    return True
