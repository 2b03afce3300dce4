"""Serve the waiting list: offers to those whose turn it is, and a reason to everybody else."""

from datetime import datetime

import structlog

from hub.dispatching import foretell_all, judge_all, offer_next
from hub.steward.office import Office

MOST_AT_ONCE = 64
"""How many offers are made before everybody is told anew where they stand."""

log = structlog.get_logger()


def dispatch(office: Office, now: datetime) -> None:
    """Make every offer there is room for, one transaction each; then judge who waits, if due."""
    for _ in range(MOST_AT_ONCE):
        ticket = offer_next(office.house, now)
        if ticket is None:
            break
        log.info("a turn came", ticket=ticket.id, user=ticket.user, lease=ticket.lease_id)
    judge_all(office.house, now)


def foretell(office: Office, now: datetime) -> None:
    """Tell those who wait when their turn may come."""
    foretell_all(office.house, now)
