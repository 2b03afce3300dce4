"""The numbers of policy that a station may set; durations throughout."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Rules:
    """What the settings say about leases, offers and the waiting list."""

    reclaim_notice: timedelta = timedelta(minutes=10)
    minimum_run: timedelta = timedelta(minutes=30)
    offer: timedelta = timedelta(minutes=10)
    unclaimed_after: timedelta = timedelta(minutes=30)
    lend_reserved_after: timedelta = timedelta(minutes=10)
    priority_step: timedelta = timedelta(hours=12)
    half_life: timedelta = timedelta(days=7)
    longest_in_all: timedelta = timedelta(hours=72)
    tickets_each: int = 1
