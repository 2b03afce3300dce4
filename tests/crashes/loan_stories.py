"""Loans told, taken back and promoted, and places given up, told so that they can be cut short."""

from fractions import Fraction

from hub import books, leasing, reclaiming, waiting
from hub.books import Correction
from hub.house import House
from hub.leasing import Ask
from hub.policy.ceilings import Quota
from hub.policy.leases import Lease
from hub.policy.outcomes import Wait
from hub.policy.requests import SpawnRequest
from hub.policy.rights import HOST, Actor
from hub.store import ceilings
from hub.store.people import load_person
from hub.store.tickets import load_open_tickets
from tests.boots import boot_at
from tests.crashes.stage import NOON, minutes

WHOLE = SpawnRequest(gpus=Fraction(1), if_busy="wait")
BOTH = SpawnRequest(gpus=Fraction(2), if_busy="wait")


def visitors_are_owed_everything(house: House) -> None:
    """All GPUs are guaranteed to visitors."""
    with house.database.write() as db:
        ceilings.set_ceiling(db, "group:visitors", "guarantee", Quota(Fraction(2)))


def ann_borrows(house: House) -> None:
    """Ann has one of them, on loan."""
    lease = leasing.request(house, Ask("ann", "", WHOLE), NOON)
    assert isinstance(lease, Lease)
    assert lease.loan
    leasing.activate(house, lease.id, NOON, boot_at(NOON))


def charlie_wants_both(house: House) -> None:
    """A visitor waits for what is theirs."""
    assert isinstance(leasing.request(house, Ask("charlie", "", BOTH), minutes(35)), Wait)


def ann_is_told(house: House) -> None:
    """Her loan will be taken back."""
    assert reclaiming.tell(house, minutes(36))


def ann_gives_it_back(house: House) -> None:
    """Her notice is over: it is taken back, and she has a place."""
    assert reclaiming.take_back(house, minutes(47))


def visitors_are_owed_nothing(house: House) -> None:
    """The guarantee is gone."""
    with house.database.write() as db:
        ceilings.set_ceiling(db, "group:visitors", "guarantee", None)


def ann_may_stay(house: House) -> None:
    """Her loan is a lease like any other."""
    assert reclaiming.promote(house, minutes(37))


def bob_gives_up(house: House) -> None:
    """Bob leaves the waiting list, offered something or not."""
    with house.database.read() as db:
        [ticket] = [t for t in load_open_tickets(db) if t.user == "bob"]
    waiting.cancel(house, HOST, ticket.id, minutes(6))


def bob_comes(house: House) -> None:
    """Bob takes the offer that stood beside his CPU server."""
    with house.database.read() as db:
        [ticket] = [t for t in load_open_tickets(db) if t.user == "bob"]
        bob = Actor("bob", person_id=load_person(db, "bob").id)
    waiting.take(house, bob, ticket.id, minutes(6))


def root_puts_it_right(house: House) -> None:
    """A charge is corrected."""
    books.correct(house, Correction("ann", -1000, "the GPU was broken"), "root", minutes(40))


LENT = (visitors_are_owed_everything, ann_borrows)
OWED = (*LENT, charlie_wants_both)
