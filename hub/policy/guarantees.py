"""When a guarantee holds that was just set: at once, or when the leases in its way have ended."""

from collections.abc import Mapping
from datetime import datetime

from hub.policy.amounts import effective_guarantees, held_at, promised, reserved_at
from hub.policy.floor import Floor


def above_capacity(guarantees: Mapping[str, int], nominal: int) -> bool:
    """Say whether guarantees, in parts, sum above what all GPUs together have."""
    return sum(guarantees.values()) > nominal


def holds_from(floor: Floor) -> datetime | None:
    """Give the first moment from which everything promised can be kept; None: nobody knows.

    What is in the way are leases, loans left out, and reserved windows. Until that moment
    nothing new is granted against it, so the moment never moves further away.
    """
    guaranteed = effective_guarantees(floor)
    kept: datetime | None = None
    for moment in _moments(floor):
        sums = promised(held_at(floor, moment), reserved_at(floor, moment), guaranteed)
        if sums > floor.healthy:
            kept = None
        elif kept is None:
            kept = moment
    return kept


def _moments(floor: Floor) -> list[datetime]:
    """List the moments at which what is promised changes, from now on."""
    ends = {slot.until for slot in floor.taken if slot.until is not None and not slot.loan}
    edges = {edge for window in floor.occurrences for edge in (window.since, window.until)}
    return sorted({floor.now, *(moment for moment in ends | edges if moment > floor.now)})
