"""When which GPUs will have room for a share, if every lease runs to the end it was promised."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from heapq import heapify, heappop

from hub.policy.board import ANY
from hub.policy.gpus import Gpu, TakenSlot
from hub.policy.placement import candidates, slots_of
from hub.policy.profiles import Profile

Room = tuple[datetime, tuple[Gpu, ...]]
"""From when, and on which GPUs: one for a part of a GPU, a whole set of one node for several."""


class Endings:
    """The promised ends of the leases on each GPU; an end that is over counts as now."""

    def __init__(self, gpus: Sequence[Gpu], taken: Sequence[TakenSlot], now: datetime) -> None:
        self._gpus = {gpu.uuid: gpu for gpu in gpus if gpu.health == "ok"}
        self._now = now
        self._held: dict[str, int] = defaultdict(int)
        self._ends: dict[str, list[datetime]] = defaultdict(list)
        for slot in taken:
            self._held[slot.gpu_uuid] += 1
            if slot.until is not None:
                self._ends[slot.gpu_uuid].append(max(slot.until, now))
        for ends in self._ends.values():
            ends.sort()
        self._found: dict[tuple[tuple[str, ...], int, int], list[tuple[datetime, str, str]]] = {}

    def rooms(self, profile: Profile, share: Fraction) -> Iterator[Room]:
        """Yield when which GPUs have room for a share, by time, node and UUID.

        Several GPUs are a set of one node and, where the profile lists kinds, of one kind. GPUs
        under a lease of which nobody knows the end are left out.
        """
        by_place: dict[tuple[str, str], list[Gpu]] = defaultdict(list)
        count = max(share.numerator // share.denominator, 1)
        heap = list(self._times(profile, share))
        while heap:
            when, node, uuid = heappop(heap)
            gpu = self._gpus[uuid]
            if count == 1:
                yield when, (gpu,)
                continue
            place = by_place[(node, gpu.kind if profile.kinds else ANY)]
            place.append(gpu)
            if len(place) >= count:
                yield when, tuple(place[-count:])

    def soonest(self, profile: Profile, share: Fraction) -> datetime | None:
        """Give the first time that has room for a share and is not now; None if none is known."""
        rooms = (when for when, _ in self.rooms(profile, share))
        return next((when for when in rooms if when > self._now), None)

    def _times(self, profile: Profile, share: Fraction) -> list[tuple[datetime, str, str]]:
        """Give, as a heap, when each GPU has room; worked out once for every shape."""
        shape = (profile.kinds, share.numerator, share.denominator)
        if shape not in self._found:
            found = []
            for gpu in candidates(list(self._gpus.values()), profile):
                wanted = slots_of(gpu.slots, share) if share <= 1 else gpu.slots
                when = self._free_from(gpu, wanted) if wanted else None
                if when is not None:
                    found.append((when, gpu.node, gpu.uuid))
            heapify(found)
            self._found[shape] = found
        return self._found[shape]

    def _free_from(self, gpu: Gpu, wanted: int) -> datetime | None:
        missing = wanted - (gpu.slots - self._held.get(gpu.uuid, 0))
        if missing <= 0:
            return self._now
        known = self._ends.get(gpu.uuid, ())
        return known[missing - 1] if missing <= len(known) else None
