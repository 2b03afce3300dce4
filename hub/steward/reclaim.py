"""Give guarantees back: loans that may stay are promoted, the others told, and ended in time."""

from datetime import datetime

import structlog

from hub import reclaiming
from hub.steward.office import Office

log = structlog.get_logger()


def reclaim_loans(office: Office, now: datetime) -> None:
    """Promote, tell and take back, in this order: who may stay is never told to go."""
    for promoted in reclaiming.promote(office.house, now):
        log.info("a loan is held like any lease now", lease=promoted)
    for told, at in reclaiming.tell(office.house, now).items():
        log.info("a loan will be taken back", lease=told, at=at.isoformat())
    for ended in reclaiming.take_back(office.house, now):
        log.info("a loan is taken back", lease=ended.id, user=ended.user)
