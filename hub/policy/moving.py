"""A floor as time goes on: other leases and tickets on the same GPUs, without starting over."""

from dataclasses import replace
from datetime import datetime

from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.reservations import Occurrence
from hub.policy.tickets import Queued

OF_THE_GPUS = ("by_uuid", "healthy", "nominal", "slot_parts", "smallest_slot")
"""What a floor works out once and the GPUs alone decide."""


def moved_on(
    floor: Floor, now: datetime, taken: tuple[TakenSlot, ...], queue: tuple[Queued, ...]
) -> Floor:
    """Give the floor at another moment; its GPUs, quotas and rules are the same."""
    later = replace(floor, now=now, taken=taken, queue=queue, occurrences=_left(floor, now))
    known = {name: floor.__dict__[name] for name in OF_THE_GPUS if name in floor.__dict__}
    later.__dict__.update(known)
    return later


def _left(floor: Floor, now: datetime) -> tuple[Occurrence, ...]:
    return tuple(window for window in floor.occurrences if window.until > now)
