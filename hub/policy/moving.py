"""A floor as time goes on: other leases and tickets on the same GPUs, without starting over."""

from dataclasses import replace
from datetime import datetime

from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.holdings import Holdings
from hub.policy.reservations import Occurrence
from hub.policy.tickets import Queued


def moved_on(
    floor: Floor, now: datetime, taken: tuple[TakenSlot, ...], queue: tuple[Queued, ...]
) -> Floor:
    """Give the floor at another moment; its GPUs, quotas and rules are the same."""
    later = replace(floor, now=now, queue=queue, occurrences=_left(floor, now))
    return later.holding(Holdings.of(floor.holdings.fleet, taken))


def _left(floor: Floor, now: datetime) -> tuple[Occurrence, ...]:
    return tuple(window for window in floor.occurrences if window.until > now)
