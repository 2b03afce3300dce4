"""What becomes of a ticket with the lease it was offered, in the transaction that moves the lease.

Served once the server answers; back in its old place when that lease ends before, unless its person
ended it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from hub.policy.leases import EndReason, Lease, State
from hub.policy.tickets import Ticket, TicketState
from hub.store.notices import NewNotice, add_notice
from hub.store.schema import leases
from hub.store.ticket_steps import put_back
from hub.store.tickets import close_ticket, load_ticket

FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(minutes=10)
"""How long a ticket rests after a start that failed: doubled each time, up to this."""

NO_FAULT = (EndReason.UNCLAIMED,)
"""Ends of an offer after which its ticket need not rest: nothing was tried."""


def serve_ticket(db: Connection, lease: Lease, now: datetime) -> None:
    """Close the ticket whose offer is that lease, now that its server answers."""
    ticket = _offered(db, lease)
    if ticket is not None:
        close_ticket(db, ticket.id, TicketState.SERVED, now)


def give_back_ticket(db: Connection, lease: Lease, now: datetime) -> None:
    """Give the ticket whose offer was that lease its old place; the server never answered.

    After a start that failed it rests a while. What an administrator revoked stays revoked, and
    who stops a server while it starts has no use for that place.
    """
    ticket = _offered(db, lease)
    if ticket is None:
        return
    if lease.end_reason is EndReason.REVOKE:
        close_ticket(db, ticket.id, TicketState.CANCELLED, now)
    elif lease.end_reason is EndReason.RELEASE and lease.offer_until is None:
        close_ticket(db, ticket.id, TicketState.CANCELLED, now)
        add_notice(db, _turn_left(ticket), now)
    elif lease.end_reason in NO_FAULT:
        put_back(db, ticket.id)
    else:
        failed = count_failed_starts(db, [ticket.id]).get(ticket.id, 1)
        delay = min(FIRST_DELAY * 2 ** min(failed - 1, 10), LONGEST_DELAY)
        put_back(db, ticket.id, now + delay)


def count_failed_starts(db: Connection, ticket_ids: Sequence[int]) -> dict[int, int]:
    """Count for each ticket the offers of which a start came to nothing."""
    failed = (
        leases.c.ticket_id.in_(ticket_ids)
        & (leases.c.state == State.CLOSED)
        & leases.c.active_at.is_(None)
        & leases.c.end_reason.not_in(NO_FAULT)
    )
    rows = db.execute(
        select(leases.c.ticket_id, func.count()).where(failed).group_by(leases.c.ticket_id)
    )
    return {row[0]: row[1] for row in rows}


def _turn_left(ticket: Ticket) -> NewNotice:
    detail = {"ticket": ticket.id, "server": ticket.server}
    return NewNotice(ticket.person_id, f"ticket:{ticket.id}", "turn-left", None, detail)


def _offered(db: Connection, lease: Lease) -> Ticket | None:
    if lease.ticket_id is None:
        return None
    ticket = load_ticket(db, lease.ticket_id)
    offered = ticket.state is TicketState.OFFERED and ticket.lease_id == lease.id
    return ticket if offered else None
