"""Tickets as rows: one for a server name, opened and closed with its key."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, select, update

from hub import crashes
from hub.errors import NotFound, Refused, StateChanged
from hub.policy.people import Person
from hub.policy.requests import SpawnRequest
from hub.policy.tickets import OPEN, Ticket, TicketState
from hub.store.reason_text import from_text
from hub.store.schema import people
from hub.store.waiting_schema import ticket_servers, tickets

LARGEST_ID = 2**63 - 1
MILLISECOND = timedelta(milliseconds=1)
"""Durations are stored so exactly, and no more."""


@dataclass(frozen=True)
class NewTicket:
    """Everything a ticket is opened from; `asked_at` is given to who gets an old place back."""

    person: Person
    server: str
    account: str
    request: SpawnRequest
    duration: timedelta
    asked_at: datetime | None = None
    auto_start: bool = True
    not_before: datetime | None = None


def open_ticket(db: Connection, new: NewTicket, now: datetime) -> Ticket:
    """Open the ticket of a server name, or give the one it has.

    The same request again changes nothing. Another one replaces what the ticket asks for; its
    place is kept only if that is no more than before. Raises Refused while the ticket is offered
    something else. The key raises IntegrityError for a second ticket of one server name.
    """
    found = find_open_ticket(db, new.person.name, new.server)
    if found is not None:
        return _ask_anew(db, found, new, now)
    ticket_id = db.execute(
        insert(tickets).values(
            person_id=new.person.id,
            server=new.server,
            state=TicketState.WAITING,
            asked_at=new.asked_at or now,
            passes=0,
            hindered=False,
            position=0,
            **_wanted(new),
        )
    ).inserted_primary_key[0]  # type: ignore[index]  # an insert always has one
    crashes.here("ticket.opened")
    db.execute(
        insert(ticket_servers).values(
            person_id=new.person.id, server=new.server, ticket_id=ticket_id
        )
    )
    crashes.here("ticket.name-taken")
    return load_ticket(db, ticket_id)


def close_ticket(
    db: Connection,
    ticket_id: int,
    how: TicketState,
    now: datetime,
    lease_id: int | None = None,
) -> Ticket:
    """Close an open ticket as served, cancelled or lapsed; raises StateChanged.

    `lease_id` is the lease it was served with, where that was no offer of its own.
    """
    ticket = load_ticket(db, ticket_id)
    values = {} if lease_id is None else {"lease_id": lease_id}
    closed = step(db, ticket_id, ticket.state, how, closed_at=now, **values)
    crashes.here("ticket.closed")
    db.execute(delete(ticket_servers).where(ticket_servers.c.ticket_id == ticket_id))
    crashes.here("ticket.name-freed")
    follow(db, ticket_id, following(db, ticket))
    judge_anew(db)
    return closed


def judge_anew(db: Connection) -> None:
    """Let everybody who waits be told anew where they stand: one of them stands for all."""
    first = select(tickets.c.id).where(tickets.c.state == TicketState.WAITING).limit(1)
    ticket_id = db.execute(first.order_by(tickets.c.id)).scalar()
    db.execute(update(tickets).where(tickets.c.id == ticket_id).values(judged_at=None))
    crashes.here("ticket.due")


def following(db: Connection, ticket: Ticket) -> int | None:
    """Find the ticket that stood next behind one when they were last judged."""
    after = (tickets.c.state == TicketState.WAITING) & (tickets.c.position > ticket.position)
    query = select(tickets.c.id).where(after, tickets.c.id != ticket.id)
    return db.execute(query.order_by(tickets.c.position, tickets.c.id).limit(1)).scalar()


def follow(db: Connection, ticket_id: int, following: int | None) -> None:
    """Let who was placed by a ticket stand without it: who was ahead of it, ahead of the next."""
    ahead = tickets.c.ahead_of == ticket_id
    itself = ahead & (tickets.c.id == following)
    behind = tickets.c.behind == ticket_id
    for where, values in (
        (itself, {"ahead_of": None}),
        (ahead, {"ahead_of": following}),
        (behind, {"behind": None}),
    ):
        db.execute(update(tickets).where(where).values(values))
        crashes.here("ticket.followed")


def step(
    db: Connection, ticket_id: int, before: TicketState, target: TicketState, **values: object
) -> Ticket:
    """Move a ticket on, if it is still in the state it was seen in; raises StateChanged."""
    done = db.execute(
        update(tickets)
        .where(tickets.c.id == ticket_id, tickets.c.state == before)
        .where(tickets.c.state.in_(OPEN))
        .values(state=target, **values)
    )
    if done.rowcount != 1:
        raise StateChanged(
            f"ticket {ticket_id} can't become {target}: somebody else moved it first"
        )
    return load_ticket(db, ticket_id)


def load_ticket(db: Connection, ticket_id: int) -> Ticket:
    """Load one ticket; raises NotFound."""
    found = _load(db, tickets.c.id == ticket_id) if 0 < ticket_id <= LARGEST_ID else []
    if not found:
        raise NotFound(f"{ticket_id}: there is no ticket of that number")
    return found[0]


def find_open_ticket(db: Connection, user: str, server: str) -> Ticket | None:
    """Load the open ticket of one server name; None if it has none."""
    where = (people.c.name == user) & (tickets.c.server == server) & tickets.c.state.in_(OPEN)
    found = _load(db, where)
    return found[0] if found else None


def load_open_tickets(db: Connection) -> list[Ticket]:
    """Load every ticket that waits or has an offer, oldest first."""
    return _load(db, tickets.c.state.in_(OPEN))


def load_offered(db: Connection) -> list[Ticket]:
    """Load every ticket that has an offer, oldest first."""
    return _load(db, tickets.c.state == TicketState.OFFERED)


def load_open_tickets_of(db: Connection, user: str) -> list[Ticket]:
    """Load the open tickets of one person, oldest first."""
    return _load(db, (people.c.name == user) & tickets.c.state.in_(OPEN))


def _wanted(new: NewTicket) -> dict[str, object]:
    return {
        "account": new.account,
        "profile": new.request.profile,
        "gpus": new.request.gpus,
        "duration": new.duration // MILLISECOND * MILLISECOND,
        "preemptible": new.request.preemptible,
        "auto_start": new.auto_start,
        "not_before": new.not_before,
    }


def _ask_anew(db: Connection, found: Ticket, new: NewTicket, now: datetime) -> Ticket:
    wanted = _wanted(new)
    if all(getattr(found, name) == value for name, value in wanted.items()):
        return found
    if found.state is not TicketState.WAITING:
        raise Refused(f"ticket {found.id} has an offer; take it or cancel it first")
    if not _no_more(found, new):
        wanted |= {"asked_at": now, "passes": 0, "ahead_of": None, "behind": None}
    waiting = TicketState.WAITING
    renewed = step(db, found.id, waiting, waiting, judged_at=None, **wanted)
    crashes.here("ticket.renewed")
    return renewed


def _no_more(found: Ticket, new: NewTicket) -> bool:
    """Say whether a request asks for nothing that the ticket does not ask for already.

    What was left out of the request is the station's choice: nobody loses a place by that.
    """
    request = new.request
    shorter = request.duration is None or new.duration < found.duration + MILLISECOND
    smaller = request.gpus <= found.gpus and shorter
    same = request.profile == found.profile and (request.preemptible or not found.preemptible)
    return smaller and same and (request.group is None or new.account == found.account)


def _load(db: Connection, where) -> list[Ticket]:  # type: ignore[no-untyped-def]  # SQL expression
    rows = db.execute(
        select(tickets, people.c.name.label("user"))
        .join(people, people.c.id == tickets.c.person_id)
        .where(where)
        .order_by(tickets.c.id)
    ).all()
    return [_ticket(row) for row in rows]


def _ticket(row: Row) -> Ticket:  # type: ignore[type-arg]
    return Ticket(
        id=row.id,
        person_id=row.person_id,
        user=row.user,
        server=row.server,
        account=row.account,
        gpus=row.gpus,
        duration=row.duration,
        asked_at=row.asked_at,
        profile=row.profile,
        preemptible=row.preemptible,
        auto_start=row.auto_start,
        not_before=row.not_before,
        state=TicketState(row.state),
        lease_id=row.lease_id,
        passes=row.passes,
        ahead_of=row.ahead_of,
        behind=row.behind,
        hindered=row.hindered,
        position=row.position,
        earliest=row.earliest,
        latest=row.latest,
        reason=from_text(row.reason),
        judged_at=row.judged_at,
    )
