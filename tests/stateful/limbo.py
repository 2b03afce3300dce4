"""I3: everybody runs, is stopped, or waits with a fresh reason, once the steward was at work."""

from collections.abc import Iterator
from datetime import timedelta

from hub import leasing
from hub.policy.leases import Lease, State
from hub.policy.tickets import TicketState
from hub.steward.reconcile import SETTLE
from tests.stateful.world import World

FRESH = timedelta(seconds=120)


def find_limbo(world: World) -> list[str]:
    """List who neither runs, nor is stopped, nor waits with a reason."""
    found = leasing.load_open(world.house)
    return [
        *(f"lease {x.id} {why}" for x in found for why in _why(world, x)),
        *(f"container {n} has no lease" for n in world.engine.running - {x.id for x in found}),
        *_waiting(world),
    ]


def _why(world: World, lease: Lease) -> Iterator[str]:
    now = world.now
    if lease.offer_until is not None:
        if lease.offer_until <= now:
            yield "is an offer whose time is over"
        return
    if lease.state is State.ACTIVE and lease.expires_at is not None and lease.expires_at <= now:
        yield "runs though its time is over"
    if lease.state is State.ACTIVE and lease.reclaim_at is not None and lease.reclaim_at <= now:
        yield "runs though it is taken back"
    alone = lease.id not in world.engine.running
    if lease.state is not State.CLOSING and alone and now - lease.opened_at > SETTLE:
        yield "is open and has no container"


def _waiting(world: World) -> Iterator[str]:
    waiting = [t for t in world.tickets() if t.state is TicketState.WAITING]
    for ticket in waiting:
        if ticket.reason is None or ticket.judged_at is None:
            yield f"ticket {ticket.id} waits and nobody said why"
        elif world.now - ticket.judged_at > FRESH:
            yield f"ticket {ticket.id} was last told why at {ticket.judged_at}"
    places = sorted(ticket.position for ticket in waiting)
    if places != list(range(1, len(waiting) + 1)):
        yield f"those who wait stand at {places}"
