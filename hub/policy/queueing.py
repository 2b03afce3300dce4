"""The waiting list: whose turn it is, and what everybody in it waits for."""

from dataclasses import dataclass, replace
from datetime import datetime

from hub.policy.floor import Floor
from hub.policy.order import arrange
from hub.policy.outcomes import Grant
from hub.policy.reasons import Reason
from hub.policy.room import room_reason
from hub.policy.shadow import Shadow
from hub.policy.tickets import Ticket
from hub.policy.walk import Blocked, Fit, Judge, Walk
from hub.policy.wishes import Wish

__all__ = ["Judge", "Turn", "Verdict", "arrange", "next_turn", "shadow_of", "verdicts"]


@dataclass(frozen=True)
class Turn:
    """A ticket whose turn has come, and what it is granted."""

    ticket: Ticket
    grant: Grant


@dataclass(frozen=True)
class Verdict:
    """Where a ticket stands and why it waits; `hindered` when its owner's own quota is the reason.

    No reasons: its turn has come.
    """

    ticket: Ticket
    position: int
    reasons: tuple[Reason, ...]
    hindered: bool


def next_turn(floor: Floor, judge: Judge) -> Turn | None:
    """Find the first ticket that may start now; grant it, load again, and ask once more."""
    walk = Walk(floor, judge)
    for wish in wishes(floor):
        fit = step(walk, wish)
        if isinstance(fit, Fit) and wish.ticket is not None:
            return Turn(wish.ticket, grant_of(floor, wish, fit))
    return None


def verdicts(floor: Floor, judge: Judge) -> list[Verdict]:
    """Judge every ticket in order; those whose turn has come are counted as started."""
    walk = Walk(floor, judge)
    found = []
    for number, wish in enumerate(floor.wishes, 1):
        ticket = wish.ticket
        if ticket is None:
            continue
        if wants_later(ticket, floor.now):
            reason = Reason("waiting", "not-before", {}, "you", ticket.not_before)
            found.append(Verdict(ticket, number, (reason,), True))
            continue
        met = step(walk, wish)
        if isinstance(met, Fit):
            walk.take(wish, met)
            found.append(Verdict(ticket, number, (), False))
        elif isinstance(met, Blocked):
            reason = room_reason(floor, wish, met, number)
            found.append(Verdict(ticket, number, (reason,), False))
        else:
            found.append(Verdict(ticket, number, met, True))
    return found


def shadow_of(floor: Floor, judge: Judge) -> Shadow | None:
    """Find the earliest start of the first who must wait; None when nobody does."""
    walk = Walk(floor, judge)
    for wish in wishes(floor):
        met = step(walk, wish)
        if isinstance(met, Fit):
            walk.take(wish, met)
        if walk.shadow is not None:
            return walk.shadow
    return None


def step(walk: Walk, wish: Wish) -> Fit | Blocked | tuple[Reason, ...]:
    """Meet one wish: room for it, why there is none, or what of its owner's own forbids it.

    Who is hindered by the own quota stands in nobody's way.
    """
    fit = walk.fit(wish)
    if isinstance(fit, Blocked) and walk.shadow is not None:
        return fit
    reasons = walk.own_reasons(wish)
    if reasons:
        return reasons
    if isinstance(fit, Blocked):
        walk.block(wish)
    return fit


def wishes(floor: Floor) -> list[Wish]:
    """List what those ask for who want to start by now, in their order."""
    return [
        wish
        for wish in floor.wishes
        if wish.ticket is None or not wants_later(wish.ticket, floor.now)
    ]


def wants_later(ticket: Ticket, now: datetime) -> bool:
    """Say whether a ticket is not to be served yet."""
    return ticket.not_before is not None and ticket.not_before > now


def grant_of(floor: Floor, wish: Wish, fit: Fit) -> Grant:
    """Put a fit into a grant, with the reservation it draws on if there is one."""
    window = next(
        (w for w in floor.occurrences if w.account == wish.account and w.on(floor.now)), None
    )
    return Grant(
        placement=fit.placement,
        duration=wish.duration,
        account=wish.account,
        loan=fit.loan,
        reservation_id=window.reservation_id if window and not fit.loan else None,
    )


def without(floor: Floor, ticket_id: int) -> Floor:
    """Give the floor as it is without one ticket."""
    queue = tuple(queued for queued in floor.queue if queued.ticket.id != ticket_id)
    return replace(floor, queue=queue)
