"""Extend, an hour at a time, the servers that are to keep going while they work."""

from datetime import datetime

import structlog

from hub import extending
from hub.steward.office import Office

log = structlog.get_logger()


def keep_servers_going(office: Office, now: datetime) -> None:
    """Extend what works, delays nobody and is within its ceilings and budgets."""
    for lease in extending.keep_going(office.house, now):
        log.info("kept going", lease=lease.id, user=lease.user, until=str(lease.expires_at))
