"""What people use from now on while the station is simulated forward, and what it costs them.

Whoever runs something falls back in the order, whoever waits comes forward; so it is in a play.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.tickets import Queued, Standing

USAGE_OVER = timedelta(days=7)
"""Usage is told over what all GPUs could give in this time."""


class Spending:
    """The usage of everybody from a floor's moment on, as their place would be decided by."""

    def __init__(self, floor: Floor) -> None:
        self._begin = floor.now
        self._half_life = floor.rules.half_life
        self._parts = {gpu.uuid: gpu.parts(1) for gpu in floor.gpus}
        self._whole = (
            sum(gpu.parts(gpu.slots) for gpu in floor.gpus) * USAGE_OVER.total_seconds() or 1.0
        )
        self._used: dict[int, float] = defaultdict(float)

    def count(self, taken: Iterable[TakenSlot], span: timedelta) -> None:
        """Charge everybody for what they hold during a span."""
        seconds = span.total_seconds()
        for slot in taken:
            self._used[slot.person_id] += self._parts.get(slot.gpu_uuid, 0) * seconds

    def standings(self, line: Iterable[Queued], now: datetime) -> tuple[Queued, ...]:
        """Give a line with what everybody's place is decided by at a later moment."""
        left = 0.5 ** ((now - self._begin) / self._half_life)
        return tuple(self._later(queued, left) for queued in line)

    def _later(self, queued: Queued, left: float) -> Queued:
        since = self._used.get(queued.ticket.person_id, 0.0) / self._whole
        standing = Standing(queued.standing.priority, queued.standing.usage * left + since)
        return Queued(queued.ticket, standing, queued.groups)
