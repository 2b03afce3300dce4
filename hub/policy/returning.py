"""Which loans' people must be told now: for those who wait within what they are owed, and bells."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.leases import Lease
from hub.policy.outcomes import Placement
from hub.policy.queueing import step, wishes
from hub.policy.reclaim import Reclaim, choose_victims
from hub.policy.reserving import due_before_bell
from hub.policy.victims import Lent, choose_for_parts
from hub.policy.walk import Blocked, Fit, Judge, Walk
from hub.policy.wishes import Wish

Times = dict[int, datetime]

MOST_AT_ONCE = 50
"""How many loans are told in one round; a large station's next owners are met in the next one."""


def loans_to_tell(floor: Floor, leases: Iterable[Lease], judge: Judge) -> Times:
    """Name the loans that must be told now that they are taken back, and when each will be.

    Whoever waits is met in order. Where one is owed what they wait for and no slots are free,
    the loans in the way are told; that room is then theirs, and the next is met. Nobody is told
    for a wish that a budget, a ceiling or a reserved window would forbid all the same.
    """
    plan = _Plan(floor, leases)
    if plan.lent().takeable:
        plan.meet_waiting(judge)
        plan.meet_bells()
    return plan.told


class _Plan:
    """The floor as it will be once everybody who is told has gone and who waited has come."""

    def __init__(self, floor: Floor, leases: Iterable[Lease]) -> None:
        self.floor = floor
        self.leases = list(leases)
        self.told: Times = {}
        self._in_vain: set[tuple[object, ...]] = set()
        self._lent: dict[datetime | None, Lent] = {}

    def lent(self, since: datetime | None = None) -> Lent:
        """Give the loans that may be taken back, for a window whose seats were lent since then."""
        if since not in self._lent:
            self._lent[since] = Lent(self.floor, self.leases, since)
            for lease_id, at in self.told.items():
                self._count_on(self._lent[since], since, lease_id, at)
        return self._lent[since]

    def meet_waiting(self, judge: Judge) -> None:
        walk = Walk(self.floor, judge)
        for wish in wishes(self.floor):
            met = step(walk, wish)
            if isinstance(met, Fit):
                walk.take(wish, met)
                self._stand(wish, met.placement, met.loan)
            elif isinstance(met, Blocked):
                self._meet_blocked(wish, met, walk)

    def _meet_blocked(self, wish: Wish, met: Blocked, walk: Walk) -> None:
        may_tell = met.broken is None and len(self.told) < MOST_AT_ONCE
        found = self._clear(wish, walk) if may_tell else None
        if found is not None:
            walk.take(wish, Fit(found.placement, loan=False))
            self._tell(found)
            self._stand(wish, found.placement, loan=False)

    def meet_bells(self) -> None:
        """Tell the loans that stand where a reserved window soon begins."""
        leaving = {x.id for x in self.leases if x.reclaim_at is not None} | self.told.keys()
        missing = due_before_bell(self.floor, leaving)
        for lease_id in choose_for_parts(self.lent(), missing):
            self.told[lease_id] = self.lent().takeable[lease_id].at

    def _clear(self, wish: Wish, walk: Walk) -> Reclaim | None:
        key = (wish.account, wish.profile.name, wish.share, wish.person_id)
        if key in self._in_vain or walk.own_reasons(wish):
            return None
        found = choose_victims(self.floor, self.lent(self._lent_since(wish)), wish)
        if found is not None:
            parts, until = found.placement.parts, self.floor.now + wish.duration
            if walk.promises.broken_by(wish.account, parts, until) is None:
                return found
        self._in_vain.add(key)
        return None

    def _lent_since(self, wish: Wish) -> datetime | None:
        """Say from when on seats of the window that the wish draws on were lent; None: of none."""
        after = self.floor.rules.lend_reserved_after
        now, account = self.floor.now, wish.account
        bells = [w.since for w in self.floor.occurrences if w.account == account and w.on(now)]
        return max(bells) + after if bells else None

    def _tell(self, found: Reclaim) -> None:
        for lease_id, at in found.victims:
            self.told[lease_id] = at
            for since, lent in self._lent.items():
                self._count_on(lent, since, lease_id, at)

    def _count_on(self, lent: Lent, since: datetime | None, lease_id: int, at: datetime) -> None:
        """Count on a told loan to go; a seat that is wanted at once may still go sooner."""
        if since is None or at <= self.floor.now:
            lent.tell(lease_id)

    def _stand(self, wish: Wish, placement: Placement, loan: bool) -> None:
        """Count what a wish will hold as held."""
        ticket = wish.ticket.id if wish.ticket is not None else 0
        until = self.floor.now + wish.duration
        more = tuple(
            TakenSlot(part.gpu_uuid, n, until, -ticket, wish.person_id, wish.account, loan)
            for part in placement.slots
            for n in part.slots
        )
        self.floor = replace(self.floor, taken=(*self.floor.taken, *more))
