"""Which leases an administrator's reservation shortens, so that it fits all the same."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.policy.amounts import effective_guarantees, held_at
from hub.policy.floor import Floor
from hub.policy.reserving import Clash, Wish, find_clash, owed_at


@dataclass(frozen=True)
class Shortened:
    """A lease that gives way: promised until `until` before, from now on to `cut`.

    `gives_way_at` is when it stands in the way: where the window begins, or what else is promised
    in it. `cut` is the same, though never before its notice is over.
    """

    lease_id: int
    person_id: int
    account: str
    parts: int
    until: datetime
    cut: datetime
    gives_way_at: datetime

    @property
    def lost(self) -> int:
        """The GPU-time lost, in parts times microseconds."""
        return self.parts * (max(self.until - self.cut, timedelta()) // timedelta(microseconds=1))


@dataclass(frozen=True)
class Room:
    """What has to give way, and what stands in the way even then (None: nothing)."""

    shortened: tuple[Shortened, ...]
    clash: Clash | None


def make_room(floor: Floor, wish: Wish) -> Room:
    """Choose the leases to shorten so that the wish fits; guarantees and reservations never give.

    At the first moment with too much promised, those go of the person who frees most of what is
    missing (no more counts than is missing); among equals of whom least GPU-time is lost, then
    of the lowest id; and so on until it fits. Who turns out not to be needed is left alone, the
    one with most GPU-time lost first: so few people are met, and of those who least.
    """
    near, wanted = _while_any_could(floor, wish)
    chosen: list[Shortened] = []
    clash = find_clash(near, wanted)
    while clash is not None:
        found = _person_to_ask(without(near, chosen), wish, clash)
        if not found:
            return Room((), clash)
        chosen += found
        clash = find_clash(without(near, chosen), wanted)
    chosen = sorted(_only_needed(near, wanted, chosen), key=lambda lease: lease.lease_id)
    clash = find_clash(without(floor, chosen), wish)
    return Room(() if clash else tuple(chosen), clash)


def _while_any_could(floor: Floor, wish: Wish) -> tuple[Floor, Wish]:
    """Leave out what is reserved when every lease that could give way is over."""
    ends = [slot.until for slot in floor.taken if slot.until is not None and not slot.loan]
    last = max(ends, default=floor.now)
    occurrences = tuple(other for other in floor.occurrences if other.since < last)
    windows = tuple(window for window in wish.windows if window.since < last)
    return replace(floor, occurrences=occurrences), replace(wish, windows=windows)


def _only_needed(floor: Floor, wish: Wish, chosen: list[Shortened]) -> list[Shortened]:
    needed = list(chosen)
    for lease in sorted(chosen, key=lambda lease: (-lease.lost, lease.lease_id)):
        rest = [other for other in needed if other is not lease]
        if find_clash(without(floor, rest), wish) is None:
            needed = rest
    return needed


def _person_to_ask(floor: Floor, wish: Wish, clash: Clash) -> list[Shortened]:
    """Give the leases of the one person that are to go next; none where none would help."""
    missing = clash.promised - floor.healthy
    spare = _spare_at(floor, wish, clash.moment)
    people: dict[int, list[Shortened]] = defaultdict(list)
    for lease in _running_at(floor, clash.moment):
        if spare.get(lease.account, 0) > 0:
            people[lease.person_id].append(lease)
    offers = (_offer(leases, spare, missing) for leases in people.values())
    return min(
        (offer for offer in offers if offer),
        key=lambda offer: (-_freed(offer, spare, missing), *_cost(offer)),
        default=[],
    )


def _offer(leases: list[Shortened], spare: dict[str, int], missing: int) -> list[Shortened]:
    """Choose from one person's leases, those that free most first, until enough is freed."""
    offer: list[Shortened] = []
    for lease in sorted(leases, key=lambda lease: (-lease.parts, lease.lost, lease.lease_id)):
        if _freed(offer, spare, missing) >= missing:
            break
        offer.append(lease)
    return offer


def _freed(leases: Iterable[Shortened], spare: dict[str, int], missing: int) -> int:
    sums: dict[str, int] = defaultdict(int)
    for lease in leases:
        sums[lease.account] += lease.parts
    return min(sum(min(parts, spare[account]) for account, parts in sums.items()), missing)


def _cost(leases: list[Shortened]) -> tuple[int, int]:
    return sum(lease.lost for lease in leases), leases[0].person_id


def _spare_at(floor: Floor, wish: Wish, moment: datetime) -> dict[str, int]:
    """Give what each account holds above what it is owed at a moment: that alone can give way."""
    owed = owed_at(floor, wish, moment)
    guaranteed = effective_guarantees(floor)
    return {
        account: parts - max(owed.get(account, 0), guaranteed.get(account, 0))
        for account, parts in held_at(floor, moment).items()
    }


def _running_at(floor: Floor, moment: datetime) -> list[Shortened]:
    """List the leases, loans left out, that run over a moment and have an end."""
    found: dict[int, Shortened] = {}
    cut = max(moment, floor.now + floor.rules.reclaim_notice)
    for slot in floor.taken:
        gpu = floor.by_uuid.get(slot.gpu_uuid)
        if gpu is None or slot.loan or slot.until is None or slot.until <= moment:
            continue
        new = Shortened(
            slot.lease_id, slot.person_id, slot.account, 0, slot.until, cut, gives_way_at=moment
        )
        lease = found.get(slot.lease_id, new)
        found[slot.lease_id] = replace(lease, parts=lease.parts + gpu.parts(1))
    return list(found.values())


def without(floor: Floor, shortened: Iterable[Shortened]) -> Floor:
    """Give the floor as it will be: those leases are promised to the window's beginning only.

    Where their notice ends later, the reservation waits for that.
    """
    ends = {lease.lease_id: lease.gives_way_at for lease in shortened}
    if not ends:
        return floor
    slots = (
        replace(slot, until=min(slot.until or ends[slot.lease_id], ends[slot.lease_id]))
        if slot.lease_id in ends
        else slot
        for slot in floor.taken
    )
    return replace(floor, taken=tuple(s for s in slots if s.until is None or s.until > floor.now))
