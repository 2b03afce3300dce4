"""A job of a trace: what somebody asked for, when, and for how long it really ran."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from hub.policy.ceilings import DEFAULT_PRIORITY
from hub.policy.people import SITE


@dataclass(frozen=True)
class Job:
    """One wish: `gpus` in whole GPUs of the candidate, `asked` the time promised to it.

    `ran` is how long it runs once it started, never longer than `asked`.
    """

    name: str
    gpus: Fraction
    submit: datetime
    asked: timedelta
    ran: timedelta
    user: str
    account: str = SITE
    priority: int = DEFAULT_PRIORITY


def in_order(jobs: list[Job]) -> tuple[Job, ...]:
    """Put jobs in the order in which they were submitted; equals keep theirs."""
    return tuple(sorted(jobs, key=lambda job: job.submit))
