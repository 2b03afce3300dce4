"""Look at the wall clock before anything is judged by it."""

from collections.abc import Callable
from datetime import datetime

import structlog

from hub import clock, clock_steps
from hub.clock import BootTime
from hub.steward.office import Office

log = structlog.get_logger()


def watch_clock(office: Office, now: datetime, boot: Callable[[], BootTime] = clock.boot) -> None:
    """Move leases, tickets and lock-outs when the wall clock was set; every round begins here."""
    step = clock_steps.settle(office.house, now, boot())
    if step is not None:
        log.warning("the wall clock was set", step_s=step.total_seconds())
