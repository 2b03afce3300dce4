"""What starts in a reserved window: members draw on it, others only on what is lent of it."""

from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from hub import leasing
from hub.house import House
from hub.leasing import Ask
from hub.policy.ceilings import Quota
from hub.policy.leases import Lease
from hub.policy.requests import SpawnRequest
from hub.reclaiming import tell
from hub.store import ceilings, people
from tests.boots import boot_at
from tests.leasing.conftest import NOON
from tests.reservations.conftest import Reserve, at

MINUTE = timedelta(minutes=1)
BELL = at(2)


@pytest.fixture
def house(house: House) -> House:
    """Ann is in field-lab, bob in visitors."""
    with house.database.write() as db:
        for name, group in (("ann", "field-lab"), ("bob", "visitors")):
            people.add_member(db, group, people.load_person(db, name), NOON)
    return house


def start(house: House, user: str, now: datetime, hours: float = 1) -> Lease | None:
    """Ask for the whole GPU; the lease runs at once, if there is one."""
    request = SpawnRequest(gpus=Fraction(1), duration=timedelta(hours=hours))
    outcome = leasing.request(house, Ask(user, "", request), now)
    if not isinstance(outcome, Lease):
        return None
    return leasing.activate(house, outcome.id, now, boot_at(now))


def test_a_member_draws_on_the_reservation(house: House, reserve: Reserve) -> None:
    one = reserve(1, 2, 4)
    lease = start(house, "ann", BELL)
    assert lease is not None
    assert (lease.reservation_id, lease.loan) == (one.id, False)


def test_nobody_else_gets_it_for_ten_minutes_after_the_bell(house: House, reserve: Reserve) -> None:
    reserve(1, 2, 4)
    assert start(house, "bob", BELL) is None
    assert start(house, "bob", BELL + 9 * MINUTE) is None


def test_what_nobody_used_ten_minutes_after_the_bell_is_lent(
    house: House, reserve: Reserve
) -> None:
    reserve(1, 2, 4)
    lease = start(house, "bob", BELL + 10 * MINUTE)
    assert lease is not None
    assert (lease.loan, lease.reservation_id) == (True, None)


def test_a_loan_that_stands_in_the_window_is_told_before_the_bell(
    house: House, reserve: Reserve
) -> None:
    with house.database.write() as db:
        ceilings.set_ceiling(db, "group:field-lab", "guarantee", Quota(Fraction(1)))
    lease = start(house, "bob", NOON, hours=4)
    reserve(1, 2, 4)
    assert lease is not None
    assert lease.loan
    tell(house, BELL - 12 * MINUTE)
    assert leasing.load_lease(house, lease.id).reclaim_at is None
    tell(house, BELL - 11 * MINUTE)
    reclaim_at = leasing.load_lease(house, lease.id).reclaim_at
    assert reclaim_at is not None
    assert reclaim_at <= BELL - MINUTE


def test_nobody_starts_into_the_window_of_another(house: House, reserve: Reserve) -> None:
    reserve(1, 2, 4)
    assert start(house, "bob", NOON, hours=3) is None
    assert start(house, "bob", NOON, hours=2) is not None


def test_when_the_window_is_over_it_is_everybodys_again(house: House, reserve: Reserve) -> None:
    reserve(1, 2, 4)
    lease = start(house, "bob", at(4))
    assert lease is not None
    assert not lease.loan
