"""When which GPUs will have room for a share, if every lease runs to the end it was promised."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction

from hub.policy.board import ANY
from hub.policy.gpus import Gpu, TakenSlot
from hub.policy.placement import candidates, slots_of
from hub.policy.profiles import Profile

Room = tuple[datetime, tuple[Gpu, ...]]
"""From when, and on which GPUs: one for a part of a GPU, a whole set of one node for several."""

Entry = tuple[datetime, str, str]
"""From when a GPU has room, its node and its UUID."""

EVER = datetime.min.replace(tzinfo=UTC)
"""Stands for room that is there already."""

LAST = "\U0010ffff"
"""Comes after every name of a node."""

Shape = tuple[tuple[str, ...], int, int]
"""The kinds a profile takes, and a share: what decides where there is room."""

Slots = Mapping[str, Sequence[TakenSlot]]


class Endings:
    """The promised ends of the leases on each GPU; an end that is over counts as now."""

    def __init__(self, gpus: Sequence[Gpu], slots: Slots) -> None:
        self._gpus = {gpu.uuid: gpu for gpu in gpus if gpu.health == "ok"}
        self._slots = slots
        self._found: dict[Shape, tuple[Profile, Fraction, list[Entry]]] = {}

    def changed(self, slots: Slots, uuids: Iterable[str]) -> "Endings":
        """Give the endings once the slots of some GPUs are held as they are in `slots`."""
        twin = Endings((), slots)
        twin._gpus = self._gpus
        gpus = [self._gpus[uuid] for uuid in uuids if uuid in self._gpus]
        for shape, (profile, share, entries) in self._found.copy().items():
            patched = entries[:]
            for gpu in candidates(gpus, profile):
                for entry in self._entries(gpu, share):
                    del patched[bisect_left(patched, entry)]
                for entry in twin._entries(gpu, share):
                    insort(patched, entry)
            twin._found[shape] = (profile, share, patched)
        return twin

    def rooms(self, profile: Profile, share: Fraction, now: datetime) -> Iterator[Room]:
        """Yield when which GPUs have room for a share, by time, node and UUID.

        Several GPUs are a set of one node and, where the profile lists kinds, of one kind. GPUs
        under a lease of which nobody knows the end are left out.
        """
        by_place: dict[tuple[str, str], list[Gpu]] = defaultdict(list)
        count = max(share.numerator // share.denominator, 1)
        for when, node, uuid in self._since(profile, share, now):
            gpu = self._gpus[uuid]
            if count == 1:
                yield when, (gpu,)
                continue
            place = by_place[(node, gpu.kind if profile.kinds else ANY)]
            place.append(gpu)
            if len(place) >= count:
                yield when, tuple(place[-count:])

    def soonest(self, profile: Profile, share: Fraction, now: datetime) -> datetime | None:
        """Give the first time that has room for a share and is not now; None if none is known."""
        rooms = (when for when, _ in self.rooms(profile, share, now))
        return next((when for when in rooms if when > now), None)

    def _since(self, profile: Profile, share: Fraction, now: datetime) -> Iterator[Entry]:
        """Yield the entries in order as seen at a moment: what has room by then has it then."""
        entries = self._times(profile, share)
        by_now = bisect_right(entries, (now, LAST, LAST))
        for node, uuid in sorted(entry[1:] for entry in entries[:by_now]):
            yield now, node, uuid
        yield from entries[by_now:]

    def _times(self, profile: Profile, share: Fraction) -> list[Entry]:
        """Give when each GPU has room, in order; worked out once for every shape."""
        shape = (profile.kinds, share.numerator, share.denominator)
        if shape not in self._found:
            pool = candidates(list(self._gpus.values()), profile)
            entries = sorted(entry for gpu in pool for entry in self._entries(gpu, share))
            self._found[shape] = (profile, share, entries)
        return self._found[shape][2]

    def _entries(self, gpu: Gpu, share: Fraction) -> Iterator[Entry]:
        wanted = slots_of(gpu.slots, share) if share <= 1 else gpu.slots
        when = self._free_from(gpu, wanted) if wanted else None
        if when is not None:
            yield when, gpu.node, gpu.uuid

    def _free_from(self, gpu: Gpu, wanted: int) -> datetime | None:
        held = self._slots.get(gpu.uuid, ())
        missing = wanted - (gpu.slots - len(held))
        if missing <= 0:
            return EVER
        known = sorted([slot.until for slot in held if slot.until is not None])
        return known[missing - 1] if missing <= len(known) else None
