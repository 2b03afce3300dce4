"""A waiting list on a station of one GPU: who runs there, who waits, and whose turn it is."""

from datetime import datetime, timedelta
from fractions import Fraction

from hub import leasing, waiting
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease
from hub.policy.outcomes import Wait
from hub.policy.requests import SpawnRequest
from hub.policy.rights import Actor
from hub.policy.tickets import Ticket, TicketState
from hub.store import leases as lease_rows
from hub.store import people, rights, tickets
from hub.store.holdings import load_taken
from hub.store.people import NewPerson
from tests.boots import boot_at
from tests.leasing.conftest import NOON

WHOLE = SpawnRequest(gpus=Fraction(1), if_busy="wait")
HALF = SpawnRequest(gpus=Fraction(1, 2), if_busy="wait")
CPU = SpawnRequest()
ROOT = Actor("root", admin=True)


def add(house: House, *names: str) -> None:
    """Add people."""
    with house.database.write() as db:
        for name in names:
            number = people.next_uid(db, 201000)
            people.add_person(db, NewPerson(name, number, False, None, False), NOON)


def actor(house: House, name: str) -> Actor:
    """Give somebody with their rights."""
    with house.database.read() as db:
        return rights.load_actor(db, name)


def run(
    house: House, user: str, request: SpawnRequest = WHOLE, server: str = "", now: datetime = NOON
) -> Lease:
    """Start a server that is granted."""
    opened = leasing.request(house, Ask(user, server, request), now)
    assert isinstance(opened, Lease), opened
    return leasing.activate(house, opened.id, now, boot_at(now))


def wait(
    house: House, user: str, request: SpawnRequest = WHOLE, server: str = "", minutes: int = 0
) -> Ticket:
    """Ask for a server that must wait, so many minutes after noon."""
    now = NOON + timedelta(minutes=minutes)
    outcome = leasing.request(house, Ask(user, server, request), now)
    assert isinstance(outcome, Wait), outcome
    assert outcome.ticket_id is not None
    return load(house, outcome.ticket_id)


def load(house: House, ticket: Ticket | int) -> Ticket:
    """Load a ticket anew."""
    number = ticket if isinstance(ticket, int) else ticket.id
    return waiting.load_ticket(house, ROOT, number)


def offer_of(house: House, ticket: Ticket) -> Lease:
    """Load the lease a ticket is offered."""
    found = load(house, ticket)
    assert found.state is TicketState.OFFERED, found
    assert found.lease_id is not None
    return leasing.load_lease(house, found.lease_id)


def end(house: House, lease: Lease, now: datetime = NOON) -> None:
    """End a lease, its container gone."""
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, now)
    leasing.finish_closing(house, lease.id, now, boot_at(now))


def line(house: House) -> list[str]:
    """Name who waits or has an offer, in order of service."""
    return [ticket.user for ticket in waiting.load_visible(house, ROOT)]


def taken(house: House) -> int:
    """Count the slots under lease."""
    with house.database.read() as db:
        return len(load_taken(db))


def open_tickets(house: House) -> int:
    """Count the tickets that wait or have an offer."""
    with house.database.read() as db:
        return len(tickets.load_open_tickets(db))


def open_leases(house: House) -> list[Lease]:
    """Load every open lease, offers too."""
    with house.database.read() as db:
        return lease_rows.load_open(db)
