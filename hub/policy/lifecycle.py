"""Which lease must end now, and which steps between its states are allowed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.policy.leases import Lease, State

STEPS: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.ACTIVE, State.CLOSING}),
    State.ACTIVE: frozenset({State.CLOSING}),
    State.CLOSING: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
}


def allowed_before(target: State) -> tuple[State, ...]:
    """List the states a lease may be in for a step to `target`."""
    return tuple(state for state, targets in STEPS.items() if target in targets)


def expired(leases: Iterable[Lease], now: datetime) -> list[Lease]:
    """List the active leases whose time is over."""
    return [
        lease
        for lease in leases
        if lease.state is State.ACTIVE and lease.expires_at is not None and lease.expires_at <= now
    ]


def unclaimed(leases: Iterable[Lease], now: datetime, after: timedelta) -> list[Lease]:
    """List the servers that were started in their owner's absence and that nobody opened in time.

    They count from the first answer: until then there is nothing to open.
    """
    return [
        lease
        for lease in leases
        if lease.state is State.ACTIVE
        and lease.ticket_id is not None
        and lease.visited_at is None
        and lease.active_at is not None
        and lease.active_at + after <= now
    ]
