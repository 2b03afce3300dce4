"""Tell people that their server ends: 30 and 10 minutes before, each once."""

from datetime import datetime

import structlog

from hub import notices
from hub.steward.office import Office

log = structlog.get_logger()


def give_notices(office: Office, now: datetime) -> None:
    """Give every notice that is due; pages and notebooks show it."""
    for due in notices.give_due(office.house, now):
        log.info("notice", lease=due.lease.id, user=due.lease.user, kind=due.kind)


def tidy_notices(office: Office, now: datetime) -> None:
    """Forget old notices and requests that nobody needs decided any more."""
    notices.tidy(office.house, now)
