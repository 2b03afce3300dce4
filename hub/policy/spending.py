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
    """What some people use from a floor's moment on, and what their place is decided by then."""

    def __init__(self, floor: Floor, people: Iterable[int]) -> None:
        self._begin = floor.now
        self._half_life = floor.rules.half_life
        self._parts = {gpu.uuid: gpu.parts(1) for gpu in floor.gpus}
        whole = sum(gpu.parts(gpu.slots) for gpu in floor.gpus)
        self._whole = whole * USAGE_OVER.total_seconds() or 1.0
        self._people = frozenset(people)
        self._used: dict[int, float] = defaultdict(float)

    def count(self, taken: Iterable[TakenSlot], span: timedelta) -> None:
        """Charge those people for what they hold during a span."""
        seconds, people, parts = span.total_seconds(), self._people, self._parts
        for slot in taken:
            if slot.person_id in people:
                self._used[slot.person_id] += parts.get(slot.gpu_uuid, 0) * seconds

    def standings(self, line: Iterable[Queued], now: datetime) -> tuple[Queued, ...]:
        """Give a line with what everybody's place is decided by at a later moment.

        Past usage fades for all alike; so that nobody's has to be worked out anew, what was used
        since is told as what it would have been worth at the beginning.
        """
        worth = 2.0 ** ((now - self._begin) / self._half_life) / self._whole
        return tuple(self._later(queued, worth) for queued in line)

    def _later(self, queued: Queued, worth: float) -> Queued:
        used = self._used.get(queued.ticket.person_id)
        if used is None:
            return queued
        standing = Standing(queued.standing.priority, queued.standing.usage + used * worth)
        return Queued(queued.ticket, standing, queued.groups)
