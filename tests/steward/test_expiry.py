"""What is over is closed, and what was started for somebody who never came."""

from datetime import timedelta

import pytest

from hub import extending, leasing
from hub.house import House
from hub.policy.leases import EndReason, Lease, State
from hub.steward.expiry import close_expired
from hub.store.schema import leases
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
        db.execute(leases.update().values(ticket_id=7))
    return leasing.load_lease(house, opened.id)


def look(house: House, lease: Lease, minutes: float) -> Lease:
    """Do the duty so long after noon."""
    close_expired(office(house, HubThatKnows(), Engine(lease.id)), NOON + minutes * MINUTE)
    return leasing.load_lease(house, lease.id)


def test_a_server_nobody_came_for_is_closed_as_unclaimed(house: House, started: Lease) -> None:
    assert look(house, started, 29).state is State.ACTIVE
    closed = look(house, started, 30)
    assert (closed.state, closed.end_reason) == (State.CLOSING, EndReason.UNCLAIMED)


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
    assert look(house, started, 240).end_reason is EndReason.EXPIRE
