"""Reserved windows that can't be kept as things stand: more is promised in them than is healthy."""

from dataclasses import dataclass, replace
from datetime import datetime

from hub.policy.amounts import promised_at
from hub.policy.floor import Floor
from hub.policy.reservations import Occurrence
from hub.policy.reserving import blocked_times


@dataclass(frozen=True)
class Unkept:
    """A window, and the parts promised at the first moment of it at which they are too many."""

    window: Occurrence
    at: datetime
    promised: int
    healthy: int


def unkept_windows(floor: Floor) -> list[Unkept]:
    """List the windows to come that can't be kept; guarantees aside, for reservations go first."""
    bare = replace(floor, guarantees={})
    found: list[Unkept] = []
    for blocked in blocked_times(bare, "", 0):
        for window in floor.occurrences:
            over = blocked.until is not None and blocked.until <= window.since
            if window.since <= floor.now or over or window.until <= blocked.since:
                continue
            at = max(window.since, blocked.since)
            if all(window is not other.window for other in found):
                found.append(Unkept(window, at, promised_at(bare, at), floor.healthy))
    return found
