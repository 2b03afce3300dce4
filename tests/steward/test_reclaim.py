"""The steward's round over loans: who may stay stays, the others are told, then taken back."""

from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from hub import leasing
from hub.house import House
from hub.leasing import Ask
from hub.policy.ceilings import Quota
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Wait
from hub.policy.requests import SpawnRequest
from hub.steward.reclaim import reclaim_loans
from hub.store import ceilings, people
from tests.boots import boot_at
from tests.leasing.conftest import NOON
from tests.steward.hubs import HubThatStarts, office_with

MINUTE = timedelta(minutes=1)
WHOLE = SpawnRequest(gpus=Fraction(1), if_busy="wait")


@pytest.fixture
def loan(house: House) -> Lease:
    """Let bob borrow the one GPU that ann's group is guaranteed."""
    with house.database.write() as db:
        for name, group in (("ann", "field-lab"), ("bob", "visitors")):
            people.add_group(db, group, NOON)
            people.add_member(db, group, people.load_person(db, name), NOON)
        ceilings.set_ceiling(db, "group:field-lab", "guarantee", Quota(Fraction(1)))
    opened = leasing.request(house, Ask("bob", "", WHOLE), NOON)
    assert isinstance(opened, Lease)
    return leasing.activate(house, opened.id, NOON, boot_at(NOON))


def work(house: House, now: datetime) -> None:
    """Do the duty once."""
    reclaim_loans(office_with(HubThatStarts(house)), now)


def test_a_loan_is_told_then_taken_back_and_the_closings_end_it(house: House, loan: Lease) -> None:
    later = NOON + 60 * MINUTE
    assert isinstance(leasing.request(house, Ask("ann", "", WHOLE), later), Wait)
    work(house, later)
    assert leasing.load_lease(house, loan.id).reclaim_at == later + 10 * MINUTE
    work(house, later + 10 * MINUTE - timedelta(seconds=1))
    assert leasing.load_lease(house, loan.id).state is State.ACTIVE
    work(house, later + 10 * MINUTE)
    ended = leasing.load_lease(house, loan.id)
    assert (ended.state, ended.end_reason) == (State.CLOSING, EndReason.RECLAIM)


def test_who_may_stay_is_promoted_and_not_told(house: House, loan: Lease) -> None:
    with house.database.write() as db:
        ceilings.set_ceiling(db, "group:field-lab", "guarantee", None)
    assert isinstance(leasing.request(house, Ask("ann", "", WHOLE), NOON + MINUTE), Wait)
    work(house, NOON + MINUTE)
    after = leasing.load_lease(house, loan.id)
    assert (after.loan, after.reclaim_at) == (False, None)


def test_while_nobody_is_owed_anything_nothing_happens(house: House, loan: Lease) -> None:
    work(house, NOON + 60 * MINUTE)
    assert leasing.load_lease(house, loan.id) == loan
