"""Offers: leases held for a ticket whose turn came, until its server takes them over.

An offer holds slots but no server's name; every step is an update that must change one row.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from hub import crashes
from hub.clock import BootTime
from hub.errors import StateChanged
from hub.policy.leases import EndReason, Lease, State
from hub.store.leases import finish_closing, load_lease
from hub.store.schema import lease_servers, leases

NEVER_RAN = BootTime("", 0.0)
"""Of a lease that never was active no meter is read, so no boot time matters."""


def is_unclaimed(lease: Lease) -> bool:
    """Say whether a lease is an offer that no start has taken over."""
    return lease.state is State.HELD and lease.offer_until is not None


def withdraw(
    db: Connection, lease_id: int, reason: EndReason, now: datetime, zone: ZoneInfo
) -> None:
    """Close an offer; nothing was ever started on it, so its slots are free at once.

    Its ticket has its old place again. Raises StateChanged when it is no offer any more.
    """
    _change(db, lease_id, state=State.CLOSING, closing_at=now, end_reason=reason)
    crashes.here("offer.withdrawn")
    finish_closing(db, lease_id, now, NEVER_RAN, zone)


def prolong(db: Connection, lease_id: int, until: datetime) -> None:
    """Let an offer stand longer; raises StateChanged when it is none any more."""
    _change(db, lease_id, offer_until=until)
    crashes.here("offer.prolonged")


def find_holder(db: Connection, person_id: int, server: str) -> Lease | None:
    """Load the lease that holds a server's name, closing ones too; None if the name is free."""
    mine = (lease_servers.c.person_id == person_id) & (lease_servers.c.server == server)
    found = db.execute(select(lease_servers.c.lease_id).where(mine)).scalar()
    return None if found is None else load_lease(db, found)


def _change(db: Connection, lease_id: int, **values: object) -> None:
    done = db.execute(
        update(leases)
        .where(leases.c.id == lease_id, leases.c.state == State.HELD)
        .where(leases.c.offer_until.is_not(None))
        .values(**values)
    )
    if done.rowcount != 1:
        raise StateChanged(f"lease {lease_id} is no offer any more")
