"""Who holds which slots, and what follows of it; a few that change hands are patched in."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain

from hub.policy.board import Board, board_of
from hub.policy.coming import Endings
from hub.policy.fleet import Fleet
from hub.policy.gpus import TakenSlot

Slots = tuple[TakenSlot, ...]
End = tuple[datetime, str, int]
"""When how many parts come free, and of which account."""


class Holdings:
    """The taken slots of a station by GPU. Never changes; `changed` gives another one.

    What is asked for is worked out once, and what was worked out is carried over to the next.
    """

    def __init__(self, fleet: Fleet, slots: Mapping[str, Slots]) -> None:
        self.fleet = fleet
        self.by_gpu = slots

    @classmethod
    def of(cls, fleet: Fleet, taken: Iterable[TakenSlot]) -> "Holdings":
        """Sort taken slots by their GPU."""
        slots: dict[str, list[TakenSlot]] = defaultdict(list)
        for slot in taken:
            slots[slot.gpu_uuid].append(slot)
        return cls(fleet, {uuid: tuple(held) for uuid, held in slots.items()})

    @cached_property
    def taken(self) -> Slots:
        """List every taken slot, by the UUID of its GPU."""
        return tuple(chain.from_iterable(self.by_gpu[uuid] for uuid in sorted(self.by_gpu)))

    def on(self, uuid: str) -> Slots:
        """List the taken slots of a GPU."""
        return self.by_gpu.get(uuid, ())

    @cached_property
    def board(self) -> Board:
        """Lay out what is free; to be copied before anything is taken on it."""
        return board_of(self.fleet.gpus, self.by_gpu)

    @cached_property
    def endings(self) -> Endings:
        """Give when slots come free, GPU by GPU."""
        return Endings(self.fleet.gpus, self.by_gpu)

    @cached_property
    def ends(self) -> Sequence[End]:
        """List when how many parts of which account come free, loans left out, soonest first."""
        return sorted(chain.from_iterable(map(self._ends_of, self.by_gpu.values())))

    @cached_property
    def held(self) -> Mapping[str, int]:
        """Sum the parts each account holds, loans left out."""
        return _sum(self._counted(self.by_gpu.values(), loans=False))

    @cached_property
    def lent(self) -> Mapping[str, int]:
        """Sum the parts each account has on loan."""
        return _sum(self._counted(self.by_gpu.values(), loans=True))

    def changed(self, changes: Mapping[str, Slots]) -> "Holdings":
        """Give the holdings once the slots of these GPUs are held so; `()` where none is."""
        slots = {**self.by_gpu, **changes}
        for uuid in changes:
            if not slots[uuid]:
                del slots[uuid]
        twin = Holdings(self.fleet, slots)
        before = {uuid: self.on(uuid) for uuid in changes}
        known = self.__dict__
        carried = twin.__dict__
        if "board" in known:
            carried["board"] = self.board.with_holders(changes)
        if "endings" in known:
            carried["endings"] = self.endings.changed(slots, changes)
        if "ends" in known:
            carried["ends"] = self._patched_ends(before, changes)
        for name, loans in (("held", False), ("lent", True)):
            if name in known:
                gone = self._counted(before.values(), loans)
                came = self._counted(changes.values(), loans)
                carried[name] = _sum([*known[name].items(), *((a, -n) for a, n in gone), *came])
        return twin

    def _patched_ends(
        self, before: Mapping[str, Slots], after: Mapping[str, Slots]
    ) -> Sequence[End]:
        ends = list(self.ends)
        for held in before.values():
            for end in self._ends_of(held):
                del ends[bisect_left(ends, end)]
        for held in after.values():
            for end in self._ends_of(held):
                insort(ends, end)
        return ends

    def _ends_of(self, held: Slots) -> Iterator[End]:
        one = self.fleet.slot_parts
        for slot in held:
            if slot.until is not None and not slot.loan and slot.gpu_uuid in one:
                yield slot.until, slot.account, one[slot.gpu_uuid]

    def _counted(self, holdings: Iterable[Slots], loans: bool) -> Iterator[tuple[str, int]]:
        one = self.fleet.slot_parts
        for slot in chain.from_iterable(holdings):
            if slot.loan is loans:
                yield slot.account, one.get(slot.gpu_uuid, 0)


def _sum(amounts: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for account, parts in amounts:
        sums[account] += parts
    return {account: parts for account, parts in sums.items() if parts}
