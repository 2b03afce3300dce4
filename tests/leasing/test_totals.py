"""What everybody in a scope holds together: site and account, both."""

from fractions import Fraction

import pytest

from hub import dispatching, leasing
from hub.house import House
from hub.leasing import Ask
from hub.policy.ceilings import Quota
from hub.policy.leases import Lease
from hub.policy.outcomes import Denial, Wait
from hub.policy.requests import SpawnRequest
from hub.store import ceilings, people
from tests.leasing.conftest import NOON
from tests.leasing.line import CPU, HALF, add, end, run, wait

LAB = "group:lab"
QUARTER = SpawnRequest(gpus=Fraction(1, 4))


def allow(house: House, scope: str, kind: str, value: object) -> None:
    """Set one value."""
    with house.database.write() as db:
        ceilings.set_ceiling(db, scope, kind, Quota(Fraction(str(value))))


def rules(house: House, user: str, request: SpawnRequest) -> list[tuple[str, object]]:
    """List what forbids a start, with the scope it was set at; nothing is opened."""
    told = leasing.explain(house, Ask(user, "", request), NOON)
    assert isinstance(told, Denial | Wait)
    return [(reason.rule, reason.numbers.get("from")) for reason in told.reasons]


@pytest.fixture
def lab(house: House) -> House:
    """The station with ann in a group of her own."""
    with house.database.write() as db:
        people.add_group(db, "lab", NOON)
        people.add_member(db, "lab", people.load_person(db, "ann"), NOON)
    return house


def test_totals_of_account_and_site_hold_both(lab: House) -> None:
    run(lab, "ann", HALF)
    allow(lab, "site", "servers", 2)
    allow(lab, "site", "total_gpus", 0.5)
    allow(lab, LAB, "total_gpus", 0.5)
    assert rules(lab, "bob", QUARTER) == [("total-gpus", "site")]
    told = leasing.explain(lab, Ask("ann", "b", QUARTER), NOON)
    assert isinstance(told, Denial)
    totals = [reason.numbers["from"] for reason in told.reasons]
    assert totals == [LAB, "site"]


def test_a_groups_total_is_not_for_others(lab: House) -> None:
    run(lab, "ann", HALF)
    allow(lab, LAB, "total_gpus", 0.5)
    assert isinstance(leasing.request(lab, Ask("bob", "", QUARTER), NOON), Lease)


def test_servers_without_a_gpu_count_for_the_total_of_servers(lab: House) -> None:
    run(lab, "ann", CPU)
    allow(lab, "site", "total_servers", 1)
    assert rules(lab, "bob", CPU) == [("total-servers", "site")]


def test_who_waits_for_a_total_starts_once_it_allows(lab: House) -> None:
    held = run(lab, "ann", HALF)
    allow(lab, "site", "total_gpus", 0.5)
    ticket = wait(lab, "bob", HALF)
    assert dispatching.offer_next(lab, NOON) is None
    end(lab, held)
    turn = dispatching.offer_next(lab, NOON)
    assert turn is not None
    assert turn.id == ticket.id


def test_an_offer_and_the_server_it_will_replace_count_as_one(lab: House) -> None:
    add(lab, "charlie")
    held = run(lab, "ann")
    wait(lab, "bob")
    run(lab, "bob", CPU)
    end(lab, held)
    assert dispatching.offer_next(lab, NOON) is not None
    allow(lab, "site", "total_servers", 2)
    assert isinstance(leasing.request(lab, Ask("charlie", "", CPU), NOON), Lease)
