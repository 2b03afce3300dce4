"""Go through those who wish for GPUs in their order, and find who may start now.

EASY backfill: the first who must wait casts a shadow, the time and slots at which it will start at
the latest; whoever comes after starts only if that leaves the shadow where it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from hub.policy.floor import Floor
from hub.policy.gpus import SlotRange
from hub.policy.outcomes import Placement
from hub.policy.owed import Claim, claims_on, with_claims
from hub.policy.placement import choose
from hub.policy.promises import Broken, Promises
from hub.policy.reasons import Reason
from hub.policy.shadow import Shadow, cast_shadow
from hub.policy.tickets import Ticket
from hub.policy.wishes import Shape, Wish

Judge = Callable[[Ticket], tuple[Reason, ...]]
"""Says what of a ticket's owner's own ceilings and budgets stands in its way."""


@dataclass(frozen=True)
class Fit:
    """Room for a wish, and whether it would be lent."""

    placement: Placement
    loan: bool


@dataclass(frozen=True)
class Blocked:
    """Why there is no room: no slots, a promise to others, or somebody waits in front."""

    by: Literal["slots", "promise", "shadow"]
    broken: Broken | None = None


class Walk:
    """One pass over the waiting list; what it grants is taken off its own board only."""

    def __init__(self, floor: Floor, judge: Judge) -> None:
        self.floor = floor
        self.board = floor.board.copy()
        self.promises = Promises(floor)
        self.shadow: Shadow | None = None
        self._judge = judge
        self._spare = self.board
        self._barred: set[Shape] = set()
        self._granted: list[Claim] = []

    def fit(self, wish: Wish) -> Fit | Blocked:
        """Find room for a wish beside what was granted and the shadow; takes nothing."""
        if wish.shape in self._barred:
            return Blocked("slots")
        late = self._outlasts_shadow(wish)
        board = self._spare if late else self.board
        placement = choose(board, wish.profile, wish.share, wish.sharing)
        if placement is None:
            if late and choose(self.board, wish.profile, wish.share, wish.sharing) is not None:
                return Blocked("shadow")
            self._barred.add(wish.shape)
            return Blocked("slots")
        if not self.promises.within_own(wish.account, placement.parts):
            placement = self._beside_owners(wish, placement, late)
        return self._draw(wish, placement, late) if placement is not None else Blocked("slots")

    def own_reasons(self, wish: Wish) -> tuple[Reason, ...]:
        """Ask what of a waiting person's own stands in the way; nothing for who asks now."""
        return self._judge(wish.ticket) if wish.ticket is not None else ()

    def take(self, wish: Wish, fit: Fit) -> None:
        """Count a grant in."""
        self.board.take(fit.placement.slots, wish.person_id)
        if self._spare is not self.board:
            self._spare.take(fit.placement.slots, wish.person_id)
        until = self.floor.now + wish.duration
        self.promises.add(wish.account, fit.placement.parts, until, fit.loan)
        self._granted.append(Claim(wish, fit.placement.slots, until))

    def block(self, wish: Wish) -> bool:
        """Let a wish that must wait cast the shadow, if none is cast yet; False if it casts none.

        What could not start here at all stands in nobody's way. Owners have what they are owed:
        the shadow falls elsewhere, and so holds none of them up.
        """
        if self.shadow is not None:
            return False
        met = [wish.ticket, *(claim.wish.ticket for claim in self._granted)]
        owners = [claim for claim in self._claims if claim.wish.ticket not in met]
        floor = with_claims(self.floor, [*owners, *self._granted])
        self.shadow = cast_shadow(floor, wish, self.promises)
        if self.shadow is not None:
            self._spare = self.board.copy()
            self._spare.take(self.shadow.slots)
        return self.shadow is not None

    def _draw(self, wish: Wish, placement: Placement, late: bool) -> Fit | Blocked:
        """Decide what it draws on: what its account is owed and common ground, else a loan."""
        parts, until = placement.parts, self.floor.now + wish.duration
        broken = self.promises.broken_by(wish.account, parts, until)
        if broken is None and not (late and self._delays_shadow(wish, parts)):
            return Fit(placement, loan=False)
        if wish.preemptible and self.promises.may_lend(wish.account, parts, until):
            return Fit(placement, loan=True)
        return Blocked("promise", broken) if broken else Blocked("shadow")

    def _beside_owners(self, wish: Wish, placement: Placement, late: bool) -> Placement | None:
        """Find room beside what is kept for those who wait within what they are owed."""
        if not any(self._claimed.get(p.gpu_uuid, set()) & {*p.slots} for p in placement.slots):
            return placement
        board = (self._spare if late else self.board).copy()
        board.take(SlotRange(uuid, tuple(slots)) for uuid, slots in self._claimed.items())
        return choose(board, wish.profile, wish.share, wish.sharing)

    @cached_property
    def _claims(self) -> list[Claim]:
        return claims_on(self.floor)

    @cached_property
    def _claimed(self) -> dict[str, set[int]]:
        claimed: dict[str, set[int]] = {}
        for part in (part for claim in self._claims for part in claim.slots):
            claimed.setdefault(part.gpu_uuid, set()).update(part.slots)
        return claimed

    def _outlasts_shadow(self, wish: Wish) -> bool:
        return self.shadow is not None and self.floor.now + wish.duration > self.shadow.at

    def _delays_shadow(self, wish: Wish, parts: int) -> bool:
        """Say whether holding so much more would break a promise once the shadow starts."""
        if self.shadow is None or self.shadow.loan:
            return False
        moment = self.promises.at(self.shadow.at)
        then = replace(moment, held=dict(moment.held))
        then.add(wish.account, parts)
        after = then.with_more(self.shadow.wish.account, self.shadow.parts)
        return after > max(self.floor.healthy, then.total)
