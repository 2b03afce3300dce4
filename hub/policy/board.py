"""The slots still free, kept so that the best GPU for a share is found without a search."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from hub.policy.gpus import Gpu, SlotRange, TakenSlot

Rank = tuple[str, str]
"""Node and UUID: the stated order among equals."""

ANY = ""
"""Stands for every kind of GPU that is not a slice."""


class Board:
    """Healthy GPUs by how many of their slots are free; a copy may be tried things on."""

    def __init__(self) -> None:
        self.gpus: dict[str, Gpu] = {}
        self.free: dict[str, tuple[int, ...]] = {}
        self.people: dict[str, tuple[int, ...]] = {}
        """Who holds slots of a GPU, by GPU; one entry a slot."""
        self._rows: dict[tuple[str, int, int], list[Rank]] = defaultdict(list)

    def copy(self) -> "Board":
        """Give a board of its own that starts from this one."""
        twin = Board()
        twin.gpus = self.gpus
        twin.free = dict(self.free)
        twin.people = dict(self.people)
        twin._rows = defaultdict(list, {key: rows[:] for key, rows in self._rows.items()})
        return twin

    def free_of(self, gpu: Gpu) -> tuple[int, ...]:
        """List the free slots of a GPU, lowest first; none of one that is not healthy."""
        return self.free.get(gpu.uuid, ())

    def with_free(self, kind: str, slots: int, free: int) -> Iterator[Gpu]:
        """Yield the GPUs of that kind and size with just so many free slots, in order."""
        for _, uuid in self._rows.get((kind, slots, free), ()):
            yield self.gpus[uuid]

    def sizes(self, kind: str) -> set[int]:
        """Name the numbers of slots that GPUs of a kind have."""
        return {slots for of, slots, _ in self._rows if of == kind}

    def take(self, slots: Iterable[SlotRange], person_id: int = 0) -> None:
        """Mark slots as taken by somebody."""
        for part in slots:
            if part.gpu_uuid in self.free:
                gone = set(part.slots)
                left = tuple(n for n in self.free[part.gpu_uuid] if n not in gone)
                self._set(part.gpu_uuid, left)
                self.people[part.gpu_uuid] += (person_id,) * len(part.slots)

    def with_holders(self, changes: Mapping[str, Sequence[TakenSlot]]) -> "Board":
        """Give a board of its own on which the slots of these GPUs are held so."""
        twin = self.copy()
        for uuid, held in changes.items():
            if uuid in twin.free:
                twin._set(uuid, _left(twin.gpus[uuid], held))
                twin.people[uuid] = tuple([slot.person_id for slot in held])
        return twin

    def _set(self, uuid: str, left: tuple[int, ...]) -> None:
        gpu = self.gpus[uuid]
        for kind in _kinds(gpu):
            row = self._rows[(kind, gpu.slots, len(self.free[uuid]))]
            del row[bisect_left(row, (gpu.node, uuid))]
            insort(self._rows[(kind, gpu.slots, len(left))], (gpu.node, uuid))
        self.free[uuid] = left

    def _put(self, gpu: Gpu, left: tuple[int, ...], people: tuple[int, ...]) -> None:
        self.gpus[gpu.uuid] = gpu
        self.free[gpu.uuid] = left
        self.people[gpu.uuid] = people
        for kind in _kinds(gpu):
            self._rows[(kind, gpu.slots, len(left))].append((gpu.node, gpu.uuid))


def lay_out(gpus: Iterable[Gpu], taken: Iterable[TakenSlot]) -> Board:
    """Mark what is taken on every healthy GPU."""
    by_gpu: dict[str, list[TakenSlot]] = defaultdict(list)
    for slot in taken:
        by_gpu[slot.gpu_uuid].append(slot)
    return board_of(gpus, by_gpu)


def board_of(gpus: Iterable[Gpu], by_gpu: Mapping[str, Sequence[TakenSlot]]) -> Board:
    """Mark what is taken, sorted by GPU, on every healthy GPU."""
    board = Board()
    healthy = [gpu for gpu in gpus if gpu.health == "ok"]
    for gpu in sorted(healthy, key=_rank):
        held = by_gpu.get(gpu.uuid, ())
        board._put(gpu, _left(gpu, held), tuple([slot.person_id for slot in held]))
    return board


def _left(gpu: Gpu, held: Sequence[TakenSlot]) -> tuple[int, ...]:
    gone = [slot.slot for slot in held]
    return tuple([n for n in range(gpu.slots) if n not in gone])


def _rank(gpu: Gpu) -> Rank:
    return (gpu.node, gpu.uuid)


def _kinds(gpu: Gpu) -> tuple[str, ...]:
    return (gpu.kind,) if gpu.sliced else (ANY, gpu.kind)
