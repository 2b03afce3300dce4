"""Choose slots for a share: keep whole GPUs whole, and break every tie by a stated order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from hub.policy.board import ANY, Board
from hub.policy.gpus import STRENGTH, Gpu, Isolation, SlotRange
from hub.policy.outcomes import Placement
from hub.policy.profiles import Profile


@dataclass(frozen=True)
class Sharing:
    """Who asks, the wall their account demands between people on one GPU, and others' demands.

    `demands` gives for a GPU's UUID the strongest wall that the accounts of its holders demand.
    """

    person_id: int = 0
    demand: Isolation = "soft"
    demands: Mapping[str, Isolation] = field(default_factory=dict)
    image_nodes: frozenset[str] | None = None

    def may_join(self, board: Board, gpu: Gpu) -> bool:
        """Say whether this person may share a GPU with whoever holds slots of it."""
        strength = STRENGTH[gpu.isolation]
        if max(STRENGTH[self.demand], STRENGTH[self.demands.get(gpu.uuid, "soft")]) <= strength:
            return True
        return all(person == self.person_id for person in board.people[gpu.uuid])


ALONE = Sharing()


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
        return any(slots_of(size, share) for size in {gpu.slots for gpu in pool})
    if share.denominator != 1:
        return False
    return any(count >= share for count in _count_by_node(pool).values())


def choose(
    board: Board, profile: Profile, share: Fraction, sharing: Sharing = ALONE
) -> Placement | None:
    """Choose slots for a share above 0; None when nothing fits now.

    Order: the profile's kinds as listed; a node that has the image; then the GPU with the
    smallest part of it free that still fits, so that whole GPUs stay whole; then node, then UUID.
    Several GPUs come from one node, the one with the fewest whole ones free that has enough.
    """
    for kind in profile.kinds or (ANY,):
        if share <= 1:
            found = _part(board, kind, share, sharing)
        else:
            found = _whole(board, kind, share, sharing)
        if found is not None:
            return found
    return None


def slots_of(size: int, share: Fraction) -> int:
    """Say how many slots of a GPU of that size a share takes; 0 if it is no whole number."""
    return share.numerator * size // share.denominator if size % share.denominator == 0 else 0


def _part(board: Board, kind: str, share: Fraction, sharing: Sharing) -> Placement | None:
    best: tuple[bool, float, str, str] | None = None
    chosen: Gpu | None = None
    for size in board.sizes(kind):
        wanted = slots_of(size, share)
        for free in range(wanted, size + 1) if wanted else ():
            gpu = _first(board, board.with_free(kind, size, free), sharing)
            if gpu is None:
                continue
            rank = (not _has_image(sharing, gpu.node), free / size, gpu.node, gpu.uuid)
            if best is None or rank < best:
                best, chosen = rank, gpu
            if not rank[0]:
                break
    if chosen is None:
        return None
    slots = board.free_of(chosen)[: slots_of(chosen.slots, share)]
    return Placement(chosen.node, (SlotRange(chosen.uuid, slots),), chosen.parts(len(slots)))


def _first(board: Board, gpus: Iterator[Gpu], sharing: Sharing) -> Gpu | None:
    """Take the first GPU that may be shared, one whose node has the image before others."""
    other = None
    for gpu in gpus:
        if sharing.may_join(board, gpu):
            if _has_image(sharing, gpu.node):
                return gpu
            other = other or gpu
    return other


def _has_image(sharing: Sharing, node: str) -> bool:
    return sharing.image_nodes is None or node in sharing.image_nodes


def _whole(board: Board, kind: str, share: Fraction, sharing: Sharing) -> Placement | None:
    if share.denominator != 1:
        return None
    by_node: dict[str, list[Gpu]] = defaultdict(list)
    for size in board.sizes(kind):
        for gpu in board.with_free(kind, size, size):
            by_node[gpu.node].append(gpu)
    enough = [
        (not _has_image(sharing, node), len(gpus), node)
        for node, gpus in by_node.items()
        if len(gpus) >= share
    ]
    if not enough:
        return None
    node = min(enough)[2]
    chosen = sorted(by_node[node], key=lambda gpu: gpu.uuid)[: share.numerator]
    slots = tuple(SlotRange(gpu.uuid, tuple(range(gpu.slots))) for gpu in chosen)
    return Placement(node, slots, sum(g.parts(g.slots) for g in chosen))


def largest_free(board: Board, profile: Profile) -> list[Fraction]:
    """List the shares that would fit now, largest first."""
    shares: set[Fraction] = set()
    for kind in profile.kinds or (ANY,):
        for size in board.sizes(kind):
            most = max(
                (n for n in range(size + 1) if any(board.with_free(kind, size, n))), default=0
            )
            shares |= {Fraction(n, size) for n in range(1, most + 1)}
        whole = [gpu for size in board.sizes(kind) for gpu in board.with_free(kind, size, size)]
        together = max(_count_by_node(whole).values(), default=0)
        shares |= {Fraction(n) for n in range(2, together + 1)}
    return sorted(shares, reverse=True)


def _count_by_node(gpus: Iterable[Gpu]) -> dict[str, int]:
    count: dict[str, int] = defaultdict(int)
    for gpu in gpus:
        count[gpu.node] += 1
    return count
