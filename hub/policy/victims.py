"""The loans that may be taken back: from when, what that costs people, and the cheapest of many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from math import comb

from hub.policy.floor import Floor
from hub.policy.leases import Lease, State
from hub.policy.rules import Rules

Ids = frozenset[int]

Cost = tuple[int, int, int, tuple[datetime, ...]]
"""People interrupted, GPU-time lost, how many loans, and when they were opened, oldest first."""

MOST_SETS = 5_000
"""Up to so many combinations on one node are all tried."""


@dataclass(frozen=True)
class Takeable:
    """A loan that may be taken back, from when, and the weighted GPU-milliseconds then lost."""

    lease: Lease
    at: datetime
    lost: int


class Lent:
    """Who holds the station's slots, as far as reclaim goes: the loans, and what goes anyway."""

    def __init__(
        self, floor: Floor, leases: Iterable[Lease], lent_since: datetime | None = None
    ) -> None:
        found = list(leases)
        soon = floor.now if lent_since else floor.now + floor.rules.reclaim_notice
        self.going = {lease.id for lease in found if _goes(lease, soon, lent_since is not None)}
        self.takeable = {
            loan.id: _takeable(loan, reclaim_time(loan, floor.now, floor.rules, lent_since))
            for loan in found
            if loan.loan and loan.state is State.ACTIVE and loan.id not in self.going
        }
        self._alone: dict[int, Cost] = {
            n: (1, loan.lost, 1, (loan.lease.opened_at,)) for n, loan in self.takeable.items()
        }

    def tell(self, lease_id: int) -> None:
        """Count on a loan to go: its person is told."""
        self.takeable.pop(lease_id, None)
        self.going.add(lease_id)

    def cost(self, ids: Collection[int]) -> Cost:
        """Give what taking back these loans costs; the smallest is best."""
        if len(ids) == 1:
            return self._alone[next(iter(ids))]
        loans = [self.takeable[lease_id] for lease_id in ids]
        people = len({loan.lease.person_id for loan in loans})
        ages = sorted(loan.lease.opened_at for loan in loans)
        return people, sum(loan.lost for loan in loans), len(loans), tuple(ages)


def reclaim_time(
    loan: Lease, now: datetime, rules: Rules, lent_since: datetime | None = None
) -> datetime:
    """Say when a loan is taken back if its person is told now: after notice and minimum run.

    At once, if it was opened since the bell of a window whose unused seats are lent; and when
    its person was told before, if they were.
    """
    if lent_since is not None and loan.opened_at >= lent_since:
        return now
    if loan.reclaim_at is not None:
        return loan.reclaim_at
    return max(now + rules.reclaim_notice, (loan.active_at or now) + rules.minimum_run)


def cheapest(lent: Lent, sets: Sequence[Ids], count: int) -> Iterator[tuple[int, ...]]:
    """Yield sets of `count` places, the cheapest to empty among them; each place has its loans.

    Places nobody has to leave come first. Up to MOST_SETS combinations of the others are all
    yielded; beyond that one only, made by taking the cheapest next place again and again, which
    is the cheapest too where no person borrows in two places.
    """
    empty = [n for n, ids in enumerate(sets) if not ids][:count]
    others = [n for n, ids in enumerate(sets) if ids]
    missing = count - len(empty)
    if missing > len(others):
        return
    if comb(len(others), missing) <= MOST_SETS:
        for more in combinations(others, missing):
            yield (*empty, *more)
        return
    yield (*empty, *_one_by_one(lent, sets, others, missing))


def choose_for_parts(lent: Lent, parts: int) -> Ids:
    """Choose loans that come to so many parts, wherever they are; all there are if they do not.

    The fewest people; then the least GPU-time lost, exactly where everybody has one loan and
    there are at most MOST_SETS such groups of people; then the oldest loans, the lowest numbers.
    """
    if parts <= 0:
        return frozenset()
    of: dict[int, list[int]] = defaultdict(list)
    for lease_id, loan in sorted(lent.takeable.items()):
        of[loan.lease.person_id].append(lease_id)
    people = sorted(of, key=lambda person: (-_parts(lent, of[person]), person))
    count = 1
    while count < len(people) and _parts(lent, _all(of, people[:count])) < parts:
        count += 1
    groups: Iterable[tuple[int, ...]] = [tuple(people[:count])]
    if comb(len(people), count) <= MOST_SETS:
        groups = combinations(people, count)
    enough = [ids for ids in (_all(of, group) for group in groups) if _parts(lent, ids) >= parts]
    needed = [_needed(lent, ids, parts) for ids in enough]
    return min(needed, key=lambda ids: (lent.cost(ids), sorted(ids)), default=_all(of, people))


def _all(of: Mapping[int, Iterable[int]], people: Iterable[int]) -> Ids:
    return frozenset(lease_id for person in people for lease_id in of[person])


def _parts(lent: Lent, ids: Iterable[int]) -> int:
    return sum(lent.takeable[lease_id].lease.parts for lease_id in ids)


def _needed(lent: Lent, ids: Ids, parts: int) -> Ids:
    """Leave out, most GPU-time first, every loan without which there is enough."""
    for lease_id in sorted(ids, key=lambda n: (-lent.takeable[n].lost, n)):
        if _parts(lent, ids - {lease_id}) >= parts:
            ids -= {lease_id}
    return ids


def _one_by_one(lent: Lent, sets: Sequence[Ids], places: list[int], count: int) -> list[int]:
    taken: Ids = frozenset()
    chosen: list[int] = []
    for _ in range(count):
        left = [n for n in places if n not in chosen]
        best = min(left, key=lambda n: (lent.cost(taken | sets[n]), n))
        chosen.append(best)
        taken |= sets[best]
    return chosen


def _goes(lease: Lease, soon: datetime, at_once: bool) -> bool:
    """Say whether a lease's slots come free without anybody being told anything new."""
    if lease.state is State.CLOSING:
        return True
    told = lease.reclaim_at is not None and (lease.reclaim_at <= soon or not at_once)
    ends = lease.expires_at if not lease.keep_going else None
    return told or (ends is not None and ends <= soon)


def _takeable(loan: Lease, at: datetime) -> Takeable:
    ends = loan.expires_at or at
    lost = max(ends - at, timedelta()) // timedelta(milliseconds=1)
    return Takeable(loan, at, loan.parts * lost)
