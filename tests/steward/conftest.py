"""The station of the leasing tests, here too, and an offer in it."""

import pytest

from hub.house import House
from hub.policy.tickets import Ticket
from hub.steward.dispatch import dispatch
from tests.leasing.conftest import NOON, house
from tests.leasing.line import add, end, load, run, wait
from tests.steward.hubs import HubThatStarts, office_with

__all__ = ["house"]


@pytest.fixture
def ticket(house: House) -> Ticket:
    """Bob's ticket, whose turn has come; charlie waits behind it."""
    add(house, "charlie")
    held = run(house, "ann")
    made = wait(house, "bob")
    wait(house, "charlie", minutes=1)
    end(house, held)
    dispatch(office_with(HubThatStarts(house)), NOON)
    return load(house, made)
