"""The waiting list as people use it: ask for a place, look, leave, take an offer, be moved."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from hub.errors import BadValue, NotFound, Refused
from hub.foretelling import foretell
from hub.house import House
from hub.policy.admission import account_of, decide, wanted_duration
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Denial, Grant, Wait, WouldFit
from hub.policy.own import places_taken
from hub.policy.reasons import YOU, Reason
from hub.policy.requests import SpawnRequest
from hub.policy.rights import Actor, may_cancel, may_see, may_set_quotas
from hub.policy.snapshot import Snapshot
from hub.policy.tickets import OPEN, Ticket, TicketState
from hub.store import leases, offers, ticket_steps, tickets
from hub.store.audit import write
from hub.store.floor import load_floor
from hub.store.people import load_person
from hub.store.snapshot import load_snapshot, make_judge
from hub.store.tickets import NewTicket


@dataclass(frozen=True)
class TicketAsk:
    """One person's wish for a place in the waiting list for one of their servers."""

    user: str
    server: str
    request: SpawnRequest
    auto_start: bool = True
    not_before: datetime | None = None


def enter(db: Connection, new: NewTicket, wait: Wait, now: datetime) -> Wait:
    """Give somebody who must wait their ticket, in the transaction that decided so.

    The same request again has the same ticket. Raises Refused while that ticket has an offer of
    something else.
    """
    ticket = tickets.open_ticket(db, new, now)
    if ticket.judged_at is not None:
        soonest = ticket.earliest or wait.earliest
        return replace(wait, ticket_id=ticket.id, earliest=soonest, latest=ticket.latest)
    reason = wait.reasons[0] if wait.reasons else None
    told = replace(ticket, position=wait.position, reason=reason)
    ticket_steps.write_judgements(db, [told])
    ticket_steps.write_forecasts(db, {ticket.id: (wait.earliest, wait.latest)})
    return replace(wait, ticket_id=ticket.id)


def ask_for_ticket(house: House, ask: TicketAsk, now: datetime) -> Wait | Denial:
    """Give a place in the waiting list, also while a server of that name runs; raises NotFound.

    What runs there is left alone; the ticket's lease would replace it.
    """
    if ask.request.gpus == 0:
        numbers = {"key": "gpus", "problem": "nobody waits for a server without a GPU"}
        return Denial((Reason("request", "malformed", numbers, YOU),))
    request = replace(ask.request, if_busy="wait")
    with house.database.write() as db:
        snapshot = _without_its_server(
            load_snapshot(db, load_person(db, ask.user), ask.server, house.terms, (), now)
        )
        outcome = decide(request, snapshot, make_judge(db, snapshot.floor, house.terms))
        if isinstance(outcome, Denial):
            return outcome
        full = places_taken(snapshot)
        if full:
            fits = WouldFit(request.gpus, outcome.duration) if isinstance(outcome, Grant) else None
            return Denial(full, fits)
        wait = outcome if isinstance(outcome, Wait) else Wait((), now, now, position=1)
        outcome = enter(db, _new(ask, request, snapshot), wait, now)
    return foretell(house, outcome, now)


def cancel(house: House, actor: Actor, ticket_id: int, now: datetime) -> Ticket:
    """Give up a place, its offer too; for its owner, a manager of its account, administrators.

    Raises NotFound, and Refused for a ticket that is closed.
    """
    with house.database.write() as db:
        ticket = _load_seen(db, actor, ticket_id)
        if ticket.state not in OPEN or not may_cancel(actor, ticket.person_id, ticket.account):
            raise Refused(f"ticket {ticket_id} is {ticket.state} already")
        if ticket.lease_id is not None:
            _end_offer(db, house, leases.load_lease(db, ticket.lease_id), now)
        closed = tickets.close_ticket(db, ticket_id, TicketState.CANCELLED, now)
        write(db, actor.name, "ticket cancel", {"ticket": ticket_id, "user": ticket.user}, now)
        return closed


def move(house: House, actor: Actor, ticket_id: int, position: int, now: datetime) -> Ticket:
    """Put a waiting ticket at a position of the line, 1 being served first; for administrators.

    Raises NotFound, Refused, or BadValue for a position there is not.
    """
    if not may_set_quotas(actor):
        raise Refused("only administrators move tickets")
    with house.database.write() as db:
        ticket = tickets.load_ticket(db, ticket_id)
        if ticket.state is not TicketState.WAITING:
            raise Refused(f"ticket {ticket_id} does not wait, it is {ticket.state}")
        floor = load_floor(db, house.terms, now)
        ids = [queued.ticket.id for queued in floor.line]
        if not 1 <= position <= len(ids):
            raise BadValue(f"{position}: positions are 1 to {len(ids)}")
        after = ids[ids.index(ticket_id) + 1 :]
        tickets.follow(db, ticket_id, after[0] if after else None)
        ids.remove(ticket_id)
        ahead_of = ids[position - 1] if position <= len(ids) else None
        behind = ids[-1] if ahead_of is None and ids else None
        moved = ticket_steps.place(db, ticket_id, ahead_of, behind)
        detail = {"ticket": ticket_id, "user": ticket.user, "position": position}
        write(db, actor.name, "ticket move", detail, now)
        return moved


def take(house: House, actor: Actor, ticket_id: int, now: datetime) -> Ticket:
    """Take an offer: what runs under that name is stopped, then the server of the offer starts.

    For its owner only. The steward carries it out, so it goes on whatever falls over.
    Raises NotFound, and Refused when there is no offer.
    """
    with house.database.write() as db:
        ticket = _load_seen(db, actor, ticket_id)
        if actor.person_id != ticket.person_id:
            raise Refused("an offer is taken by its owner")
        offer = None if ticket.lease_id is None else leases.load_lease(db, ticket.lease_id)
        if offer is None or not offers.is_unclaimed(offer):
            raise Refused(f"ticket {ticket_id} has no offer to take")
        offers.prolong(db, offer.id, _once_more(offer, house.terms.rules.offer, now))
        running = offers.find_holder(db, ticket.person_id, ticket.server)
        if running is not None:
            leases.begin_closing(db, running.id, EndReason.RELEASE, now)
        return ticket_steps.set_auto_start(db, ticket_id)


def load_ticket(house: House, actor: Actor, ticket_id: int) -> Ticket:
    """Load one ticket for somebody who may see it; raises NotFound."""
    with house.database.read() as db:
        return _load_seen(db, actor, ticket_id)


def load_visible(house: House, actor: Actor) -> list[Ticket]:
    """Load the open tickets somebody may see, offered ones first, then in order of service."""
    with house.database.read() as db:
        found = tickets.load_open_tickets(db)
    seen = [ticket for ticket in found if may_see(actor, ticket.person_id, ticket.account)]
    return in_line(seen)


def load_own(house: House, user: str) -> list[Ticket]:
    """Load one person's open tickets, in order of service."""
    with house.database.read() as db:
        return in_line(tickets.load_open_tickets_of(db, user))


def in_line(found: list[Ticket]) -> list[Ticket]:
    """Order tickets as they were last judged; one not judged yet comes last."""
    return sorted(found, key=lambda t: (t.state is TicketState.WAITING, t.position or 2**31, t.id))


def _load_seen(db: Connection, actor: Actor, ticket_id: int) -> Ticket:
    ticket = tickets.load_ticket(db, ticket_id)
    if not may_see(actor, ticket.person_id, ticket.account):
        raise NotFound(f"{ticket_id}: there is no ticket of that number")
    return ticket


def _end_offer(db: Connection, house: House, lease: Lease, now: datetime) -> None:
    if offers.is_unclaimed(lease):
        offers.withdraw(db, lease.id, EndReason.RELEASE, now, house.zone)
    elif lease.state is State.HELD:
        leases.begin_closing(db, lease.id, EndReason.RELEASE, now)
    elif lease.active_at is not None:
        raise Refused(f"ticket {lease.ticket_id} is served already: its server runs")


def _once_more(offer: Lease, stands: timedelta, now: datetime) -> datetime:
    """Say until when a taken offer stands: what it is taken for must not be kept by taking it."""
    return min(now + stands, offer.opened_at + 2 * stands)


def _without_its_server(snapshot: Snapshot) -> Snapshot:
    own = tuple(lease for lease in snapshot.own if lease.server != snapshot.server)
    return replace(snapshot, own=own)


def _new(ask: TicketAsk, request: SpawnRequest, snapshot: Snapshot) -> NewTicket:
    account = account_of(request, snapshot)
    assert account is not None  # noqa: S101 - decided otherwise it is a denial
    duration = wanted_duration(request, snapshot, account)
    return NewTicket(
        snapshot.person,
        ask.server,
        account,
        request,
        duration,
        auto_start=ask.auto_start,
        not_before=ask.not_before,
    )
