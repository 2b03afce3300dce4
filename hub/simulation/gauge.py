"""What is used and what lies in pieces, added up over virtual time."""

from collections.abc import Iterable
from datetime import datetime

from hub.policy.gpus import Gpu
from hub.policy.outcomes import Placement


class Gauge:
    """Sums of parts times seconds between two moments; what lies outside does not count."""

    def __init__(self, gpus: Iterable[Gpu], since: datetime, until: datetime) -> None:
        self.since, self.until = since, until
        self._gpus = {gpu.uuid: gpu for gpu in gpus}
        self._used = dict.fromkeys(self._gpus, 0)
        self._at = since
        self.capacity = sum(gpu.parts(gpu.slots) for gpu in self._gpus.values())
        self.busy = 0
        self.pieces = 0
        self.busy_sum = 0.0
        self.free_sum = 0.0
        self.pieces_sum = 0.0

    def advance(self, now: datetime) -> None:
        """Let time pass with everything as it is."""
        seconds = (min(now, self.until) - self._at).total_seconds()
        if seconds > 0:
            self.busy_sum += self.busy * seconds
            self.free_sum += (self.capacity - self.busy) * seconds
            self.pieces_sum += self.pieces * seconds
            self._at = now

    def take(self, placement: Placement) -> None:
        """Count slots as used."""
        for part in placement.slots:
            self._change(part.gpu_uuid, len(part.slots))

    def give_back(self, placement: Placement) -> None:
        """Count slots as free again."""
        for part in placement.slots:
            self._change(part.gpu_uuid, -len(part.slots))

    @property
    def utilisation(self) -> float:
        """Give what was used over what there was."""
        whole = self.busy_sum + self.free_sum
        return self.busy_sum / whole if whole else 0.0

    @property
    def fragmentation(self) -> float:
        """Give how much of what was free lay on GPUs of which a part was in use.

        Sum over time of the free parts on partly used GPUs, over the sum of all free parts: 0 when
        everything free could be had as whole GPUs, 1 when no whole GPU was ever free.
        """
        return self.pieces_sum / self.free_sum if self.free_sum else 0.0

    def _change(self, uuid: str, slots: int) -> None:
        gpu, before = self._gpus[uuid], self._used[uuid]
        after = before + slots
        self._used[uuid] = after
        self.busy += gpu.parts(slots) if slots > 0 else -gpu.parts(-slots)
        self.pieces += _left(gpu, after) - _left(gpu, before)


def _left(gpu: Gpu, used: int) -> int:
    """Count the free parts of a GPU if it is partly used."""
    return gpu.parts(gpu.slots - used) if used else 0
