"""What is over is closed, and what was started for somebody who never came."""

from datetime import timedelta

import pytest

from hub import extending, leasing, notices
from hub.house import House
from hub.policy.leases import EndReason, Lease, State
from hub.steward.expiry import close_expired
from hub.store import ledger
from hub.store.people import load_person
from hub.store.schema import leases
from hub.store.tickets import NewTicket, open_ticket
from tests.boots import boot_at
from tests.leasing.conftest import NOON
from tests.steward.test_duties import HALF, Engine, HubThatKnows, office

MINUTE = timedelta(minutes=1)


@pytest.fixture
def started(house: House) -> Lease:
    """A server of ann's that was started at noon because her turn came."""
    opened = leasing.request(house, leasing.Ask("ann", "", HALF), NOON - 5 * MINUTE)
    assert isinstance(opened, Lease)
    leasing.activate(house, opened.id, NOON, boot_at(NOON))
    with house.database.write() as db:
        new = NewTicket(load_person(db, "ann"), "", "site", HALF, opened.duration)
        ticket = open_ticket(db, new, NOON - 9 * MINUTE)
        db.execute(leases.update().values(ticket_id=ticket.id))
    return leasing.load_lease(house, opened.id)


def look(house: House, lease: Lease, minutes: float) -> Lease:
    """Do the duty so long after noon."""
    close_expired(office(house, HubThatKnows(), Engine(lease.id)), NOON + minutes * MINUTE)
    return leasing.load_lease(house, lease.id)


def test_a_server_nobody_came_for_is_closed_as_unclaimed(house: House, started: Lease) -> None:
    assert look(house, started, 29).state is State.ACTIVE
    closed = look(house, started, 30)
    assert (closed.state, closed.end_reason) == (State.CLOSING, EndReason.UNCLAIMED)


def told(house: House, lease: Lease) -> list[str]:
    """Name what was said about a lease."""
    return [notice.kind for notice in notices.load_about_lease(house, lease.id)]


def test_what_nobody_came_for_is_charged_for_the_time_it_was_there(
    house: House, started: Lease
) -> None:
    half_past = NOON + 30 * MINUTE
    look(house, started, 30)
    leasing.finish_closing(house, started.id, half_past, boot_at(half_past))
    with house.database.read() as db:
        [found] = ledger.load_sums(db, ["user:ann"], NOON.date(), NOON.date()).values()
    assert (found.settled_ms, found.held_ms) == (30 * 60_000 // 2, 0)
    assert told(house, started) == ["ended-unclaimed"]


def test_who_ends_their_own_server_is_told_nothing(house: House, started: Lease) -> None:
    leasing.begin_closing(house, started.id, EndReason.RELEASE, NOON)
    assert told(house, started) == []


def test_of_a_start_that_failed_its_page_tells_and_no_notice(house: House) -> None:
    opened = leasing.request(house, leasing.Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    leasing.begin_closing(house, opened.id, EndReason.FAULT, NOON)
    assert told(house, opened) == []


def test_who_came_in_time_keeps_it(house: House, started: Lease) -> None:
    extending.opened(house, started.id, NOON + 29 * MINUTE)
    assert look(house, started, 60).state is State.ACTIVE


def test_who_started_it_themselves_need_not_show_up(house: House, started: Lease) -> None:
    with house.database.write() as db:
        db.execute(leases.update().values(ticket_id=None))
    assert look(house, started, 60).state is State.ACTIVE


def test_the_end_is_the_end(house: House, started: Lease) -> None:
    extending.opened(house, started.id, NOON)
    assert look(house, started, 239).state is State.ACTIVE
    for minutes in (240, 241):
        assert look(house, started, minutes).end_reason is EndReason.EXPIRE
    assert told(house, started) == ["ended-expire"]
