"""Choose which loans are taken back for somebody who waits within what their account is owed."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from hub.policy.board import ANY
from hub.policy.floor import Floor
from hub.policy.gpus import STRENGTH, Gpu, SlotRange, TakenSlot
from hub.policy.outcomes import Placement
from hub.policy.placement import candidates, slots_of
from hub.policy.promises import Promises
from hub.policy.victims import Cost, Ids, Lent, cheapest
from hub.policy.wishes import Wish


@dataclass(frozen=True)
class Reclaim:
    """The loans to take back, each with its time, and where the wish will then fit.

    No loans at all: it fits once those that are ending anyway have ended.
    """

    victims: tuple[tuple[int, datetime], ...]
    placement: Placement


def choose_victims(floor: Floor, lent: Lent, wish: Wish) -> Reclaim | None:
    """Choose the loans to take back so that a wish fits; None where no set of them does.

    The wish must lie within what its account is owed and does not hold. Order: the fewest people
    interrupted, the least GPU-time lost (weighted, of the time they were told), the fewest and
    then the oldest loans; then kinds as listed, node, UUID and lease number. What is closing,
    under notice, or over before a notice would be, counts as gone. Seats `lent` out of a window
    that has begun are taken back at once. Several GPUs: the choice is exact where
    no person borrows on two of a node's GPUs, or the node has few of them (see `cheapest`).
    """
    search = _Search(floor, lent, wish)
    options = search.parts() if wish.share <= 1 else search.wholes()
    best = min(options, key=lambda option: option.key, default=None)
    if best is None:
        return None
    victims = tuple((lease_id, search.lent.takeable[lease_id].at) for lease_id in sorted(best.ids))
    return Reclaim(victims, search.placement(best))


@dataclass(frozen=True)
class _Option:
    """One way to make room: these GPUs, once these loans are gone; the smallest key is best."""

    ids: Ids
    gpus: tuple[Gpu, ...]
    key: tuple[object, ...]


class _Search:
    """One wish on one floor, tried on every GPU."""

    def __init__(self, floor: Floor, lent: Lent, wish: Wish) -> None:
        self.floor = floor
        self.lent = lent
        self.wish = wish
        self.promises = Promises(floor)
        kinds = wish.profile.kinds
        self.rank = {kind: n for n, kind in enumerate(kinds)}
        healthy = [gpu for gpu in floor.gpus if gpu.health == "ok"]
        self.pool = candidates(healthy, wish.profile)
        self.walled = any(demand != "soft" for demand in floor.demands.values())

    def parts(self) -> Iterator[_Option]:
        """Yield for a share of one GPU every smallest set that makes room on some GPU.

        A GPU is passed over once another costs less than any of its loans does.
        """
        best: Cost | None = None
        for gpu in self.pool:
            wanted = slots_of(gpu.slots, self.wish.share)
            if not wanted or not self._owed(gpu.parts(wanted)):
                continue
            for ids in self._minimal(gpu, wanted, best):
                option = self._option(ids, (gpu,))
                cost = self.lent.cost(ids)
                best = cost if best is None else min(best, cost)
                yield option

    def wholes(self) -> Iterator[_Option]:
        """Yield for several whole GPUs the cheapest set of every node and kind."""
        for kind in self.wish.profile.kinds or (ANY,):
            by_node: dict[str, list[tuple[Ids, Gpu]]] = defaultdict(list)
            for gpu in self.pool:
                ids = self._emptying(gpu) if kind in (ANY, gpu.kind) else None
                if ids is not None:
                    by_node[gpu.node].append((ids, gpu))
            for found in by_node.values():
                yield from self._cheapest_of(found)

    def placement(self, option: _Option) -> Placement:
        """Lay out where the wish will stand once the loans of an option are gone."""
        slots = tuple(self._room(gpu, option.ids) for gpu in option.gpus)
        parts = sum(g.parts(len(s.slots)) for g, s in zip(option.gpus, slots, strict=True))
        return Placement(option.gpus[0].node, slots, parts)

    def _cheapest_of(self, found: list[tuple[Ids, Gpu]]) -> Iterator[_Option]:
        count = int(self.wish.share)
        found.sort(key=lambda entry: entry[1].uuid)
        for chosen in cheapest(self.lent, [ids for ids, _ in found], count):
            gpus = tuple(found[n][1] for n in chosen)
            if self._owed(sum(gpu.parts(gpu.slots) for gpu in gpus)):
                yield self._option(frozenset().union(*(found[n][0] for n in chosen)), gpus)

    def _minimal(self, gpu: Gpu, wanted: int, best: Cost | None) -> list[Ids]:
        """List the smallest sets of loans without which a GPU has room for so many slots.

        Those may be left out that cost more than the best there is.
        """
        held = self._staying(gpu)
        slots: dict[int, int] = defaultdict(int)
        for slot in held:
            if slot.lease_id in self.lent.takeable:
                slots[slot.lease_id] += 1
        loans = sorted(n for n in slots if best is None or self.lent.cost((n,)) <= best)
        least = _least(wanted - gpu.slots + len(held), [slots[n] for n in loans])
        found: list[Ids] = []
        for size in range(least, len(loans) + 1):
            for picked in combinations(loans, size):
                ids = frozenset(picked)
                left = [s for s in held if s.lease_id not in ids]
                if not any(smaller <= ids for smaller in found) and self._fits(gpu, wanted, left):
                    found.append(ids)
        return found

    def _fits(self, gpu: Gpu, wanted: int, left: list[TakenSlot]) -> bool:
        if gpu.slots - len(left) < wanted:
            return False
        return (
            not self.walled
            or all(s.person_id == self.wish.person_id for s in left)
            or self._wall_holds(gpu, left)
        )

    def _wall_holds(self, gpu: Gpu, left: list[TakenSlot]) -> bool:
        accounts = {self.wish.account, *(slot.account for slot in left)}
        site = self.floor.demands.get("site", "soft")
        demands = (self.floor.demands.get(account, site) for account in accounts)
        return max(STRENGTH[demand] for demand in demands) <= STRENGTH[gpu.isolation]

    def _emptying(self, gpu: Gpu) -> Ids | None:
        """Name the loans without which nobody holds anything of a GPU; None if others do."""
        ids = frozenset(slot.lease_id for slot in self._staying(gpu))
        return ids if ids <= self.lent.takeable.keys() else None

    def _staying(self, gpu: Gpu) -> list[TakenSlot]:
        return [s for s in self.floor.slots_on(gpu.uuid) if s.lease_id not in self.lent.going]

    def _owed(self, parts: int) -> bool:
        return self.promises.within_own(self.wish.account, parts)

    def _option(self, ids: Ids, gpus: tuple[Gpu, ...]) -> _Option:
        where = (self.rank.get(gpus[0].kind, 0), gpus[0].node, tuple(gpu.uuid for gpu in gpus))
        return _Option(ids, gpus, (*self.lent.cost(ids), where, sorted(ids)))

    def _room(self, gpu: Gpu, ids: Ids) -> SlotRange:
        used = {s.slot for s in self._staying(gpu) if s.lease_id not in ids}
        free = [n for n in range(gpu.slots) if n not in used]
        wanted = slots_of(gpu.slots, self.wish.share) if self.wish.share <= 1 else gpu.slots
        return SlotRange(gpu.uuid, tuple(free[:wanted]))


def _least(missing: int, slots: list[int]) -> int:
    """Say how many of the loans with so many slots each have to go at least to free that many."""
    count = 0
    for most in sorted(slots, reverse=True):
        if missing <= 0:
            break
        missing -= most
        count += 1
    return count if missing <= 0 else len(slots) + 1
