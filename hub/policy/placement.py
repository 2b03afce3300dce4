"""Choose slots for a share: keep whole GPUs whole, and break every tie by a stated order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from hub.policy.gpus import Gpu, SlotRange, TakenSlot
from hub.policy.outcomes import Placement
from hub.policy.profiles import Profile


@dataclass(frozen=True)
class Board:
    """The GPUs of a station with the slots still free on each healthy one."""

    gpus: tuple[Gpu, ...]
    free: Mapping[str, tuple[int, ...]]

    def free_of(self, gpu: Gpu) -> tuple[int, ...]:
        """List the free slots of a GPU, lowest first; none of one that is not healthy."""
        return self.free.get(gpu.uuid, ())


def lay_out(gpus: tuple[Gpu, ...], taken: Iterable[TakenSlot]) -> Board:
    """Mark what is taken on every GPU."""
    used: dict[str, set[int]] = defaultdict(set)
    for slot in taken:
        used[slot.gpu_uuid].add(slot.slot)
    free = {
        gpu.uuid: tuple(n for n in range(gpu.slots) if n not in used[gpu.uuid])
        for gpu in gpus
        if gpu.health == "ok"
    }
    return Board(gpus, free)


def candidates(gpus: Sequence[Gpu], profile: Profile) -> list[Gpu]:
    """List the GPUs a profile takes, its preferred kinds first; slices only where it names them."""
    if not profile.kinds:
        return [gpu for gpu in gpus if not gpu.sliced]
    rank = {kind: n for n, kind in enumerate(profile.kinds)}
    return sorted((g for g in gpus if g.kind in rank), key=lambda g: rank[g.kind])


def dealable(gpus: Sequence[Gpu], profile: Profile, share: Fraction) -> bool:
    """Say whether this share can be dealt here at all, were everything free and healthy."""
    pool = candidates(gpus, profile)
    if share <= 1:
        return any(_slots_by_size(pool, share).values())
    if share.denominator != 1:
        return False
    return any(count >= share for count in _count_by_node(pool).values())


def choose(board: Board, profile: Profile, share: Fraction) -> Placement | None:
    """Choose slots for a share above 0; None when nothing fits now.

    Order: the profile's kinds as listed; then the GPU with the fewest free slots that still
    fits, so that whole GPUs stay whole; then node, then UUID.
    """
    pool = candidates(board.gpus, profile)
    kinds = profile.kinds or ("",)
    for kind in kinds:
        of_kind = [gpu for gpu in pool if kind in ("", gpu.kind)]
        found = _part(board, of_kind, share) if share <= 1 else _whole(board, of_kind, share)
        if found is not None:
            return found
    return None


def _part(board: Board, pool: list[Gpu], share: Fraction) -> Placement | None:
    wanted = _slots_by_size(pool, share)
    best: tuple[float, str, str] | None = None
    chosen: Gpu | None = None
    for gpu in pool:
        free = len(board.free_of(gpu))
        if 0 < wanted[gpu.slots] <= free:
            rank = (free / gpu.slots, gpu.node, gpu.uuid)
            if best is None or rank < best:
                best, chosen = rank, gpu
    if chosen is None:
        return None
    slots = board.free_of(chosen)[: wanted[chosen.slots]]
    return Placement(chosen.node, (SlotRange(chosen.uuid, slots),), chosen.parts(len(slots)))


def _slots_by_size(pool: Iterable[Gpu], share: Fraction) -> dict[int, int]:
    """Say for GPUs of so many slots how many of them a share takes; 0 where it is no whole."""
    exact = {size: share * size for size in {gpu.slots for gpu in pool}}
    return {size: n.numerator if n.denominator == 1 else 0 for size, n in exact.items()}


def _whole(board: Board, pool: list[Gpu], share: Fraction) -> Placement | None:
    if share.denominator != 1:
        return None
    by_node: dict[str, list[Gpu]] = defaultdict(list)
    for gpu in pool:
        if len(board.free_of(gpu)) == gpu.slots:
            by_node[gpu.node].append(gpu)
    enough = [(len(gpus), node) for node, gpus in by_node.items() if len(gpus) >= share]
    if not enough:
        return None
    node = min(enough)[1]
    chosen = sorted(by_node[node], key=lambda gpu: gpu.uuid)[: share.numerator]
    slots = tuple(SlotRange(gpu.uuid, tuple(range(gpu.slots))) for gpu in chosen)
    return Placement(node, slots, sum(g.parts(g.slots) for g in chosen))


def largest_free(board: Board, profile: Profile) -> list[Fraction]:
    """List the shares that would fit now, largest first."""
    pool = candidates(board.gpus, profile)
    parts = {(len(board.free_of(gpu)), gpu.slots) for gpu in pool}
    shares = {Fraction(n, slots) for free, slots in parts for n in range(1, free + 1)}
    whole = [gpu for gpu in pool if len(board.free_of(gpu)) == gpu.slots]
    for kind in {gpu.kind for gpu in whole} if profile.kinds else {""}:
        of_kind = [gpu for gpu in whole if kind in ("", gpu.kind)]
        most = max(_count_by_node(of_kind).values(), default=0)
        shares |= {Fraction(n) for n in range(2, most + 1)}
    return sorted(shares, reverse=True)


def soonest(
    board: Board, taken: Iterable[TakenSlot], profile: Profile, share: Fraction
) -> datetime | None:
    """Say when running leases will at the latest have left room for a share of at most one.

    None when it can't be known: a lease that has not begun yet, or a share of several GPUs.
    """
    if share > 1:
        return None
    ends: dict[str, list[datetime]] = defaultdict(list)
    for slot in taken:
        if slot.until is not None:
            ends[slot.gpu_uuid].append(slot.until)
    times = []
    pool = candidates(board.gpus, profile)
    sizes = _slots_by_size(pool, share)
    for gpu in pool:
        wanted = sizes[gpu.slots]
        if not wanted or gpu.health != "ok":
            continue
        missing = wanted - len(board.free_of(gpu))
        if 0 < missing <= len(ends[gpu.uuid]):
            times.append(sorted(ends[gpu.uuid])[missing - 1])
    return min(times, default=None)


def _count_by_node(gpus: Iterable[Gpu]) -> dict[str, int]:
    count: dict[str, int] = defaultdict(int)
    for gpu in gpus:
        count[gpu.node] += 1
    return count
