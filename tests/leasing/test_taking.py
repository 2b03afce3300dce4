"""An offer of a GPU: taken by its owner, once, and claimed by one start."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from hub import dispatching, leasing, waiting
from hub.errors import Refused
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Denial, WouldFit
from hub.policy.requests import SpawnRequest
from hub.store import people
from tests.leasing.conftest import NOON
from tests.leasing.field_lab import field_lab
from tests.leasing.line import (
    CPU,
    ROOT,
    WHOLE,
    actor,
    end,
    offer_of,
    open_leases,
    run,
    wait,
)

__all__ = ["field_lab"]


def test_who_starts_a_server_themselves_need_not_open_it_in_time(house: House) -> None:
    held = run(house, "ann")
    wait(house, "bob")
    end(house, held)
    assert run(house, "bob").visited_at == NOON


def test_a_taken_offer_ends_what_runs_under_its_name(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    cpu = run(house, "bob", CPU)
    end(house, held)
    dispatching.offer_next(house, NOON)
    waiting.take(house, actor(house, "bob"), ticket.id, NOON + timedelta(minutes=9))
    ending = leasing.load_lease(house, cpu.id)
    assert (ending.state, ending.end_reason) == (State.CLOSING, EndReason.RELEASE)
    assert offer_of(house, ticket).offer_until == NOON + timedelta(minutes=19)


def test_an_offer_is_not_kept_by_taking_it_again_and_again(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    run(house, "bob", CPU)
    end(house, held)
    dispatching.offer_next(house, NOON)
    for minutes in (9, 18, 19):
        now = NOON + timedelta(minutes=minutes)
        waiting.take(house, actor(house, "bob"), ticket.id, now)
    assert offer_of(house, ticket).offer_until == NOON + timedelta(minutes=20)


def test_an_offer_is_taken_by_its_owner_only(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    end(house, held)
    dispatching.offer_next(house, NOON)
    with pytest.raises(Refused):
        waiting.take(house, ROOT, ticket.id, NOON)


def test_what_is_not_offered_is_not_taken(house: House) -> None:
    run(house, "ann")
    ticket = wait(house, "bob")
    with pytest.raises(Refused):
        waiting.take(house, actor(house, "bob"), ticket.id, NOON)


def test_an_offer_is_claimed_by_one_start(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    end(house, held)
    dispatching.offer_next(house, NOON)
    offer = offer_of(house, ticket)
    with ThreadPoolExecutor(4) as pool:
        both = list(
            pool.map(lambda _: leasing.request(house, Ask("bob", "", WHOLE), NOON), range(4))
        )
    assert [lease for lease in both if not isinstance(lease, Denial)] == [
        replace(offer, offer_until=None)
    ]
    assert len(open_leases(house)) == 1


def test_beside_an_offer_nothing_else_is_had_for_that_server(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    end(house, held)
    dispatching.offer_next(house, NOON)
    quarter = SpawnRequest(gpus=Fraction(1, 4), if_busy="wait")
    told = leasing.request(house, Ask("bob", "", quarter), NOON)
    assert isinstance(told, Denial)
    assert [(reason.code, reason.rule) for reason in told.reasons] == [("waiting", "offered")]
    assert told.would_fit == WouldFit(Fraction(1), ticket.duration)
    assert offer_of(house, ticket).share == 1
    assert isinstance(leasing.request(house, Ask("bob", "", WHOLE), NOON), Lease)


def test_an_offer_is_not_taken_on_another_account(house: House, field_lab: None) -> None:
    with house.database.write() as db:
        people.add_group(db, "thesis", NOON)
        people.add_member(db, "thesis", people.load_person(db, "bob"), NOON)
    held = run(house, "ann")
    wait(house, "bob", replace(WHOLE, group="thesis"))
    end(house, held)
    dispatching.offer_next(house, NOON)
    told = leasing.request(house, Ask("bob", "", replace(WHOLE, group="field-lab")), NOON)
    assert isinstance(told, Denial)
    assert [(reason.code, reason.rule) for reason in told.reasons] == [("waiting", "offered")]
    taken = leasing.request(house, Ask("bob", "", replace(WHOLE, group="thesis")), NOON)
    assert isinstance(taken, Lease)
    assert taken.account == "group:thesis"


def test_who_names_no_group_takes_an_offer_on_its_own_account(
    house: House, field_lab: None
) -> None:
    with house.database.write() as db:
        people.add_group(db, "thesis", NOON)
        people.add_member(db, "thesis", people.load_person(db, "bob"), NOON)
    held = run(house, "ann")
    wait(house, "bob", replace(WHOLE, group="thesis"))
    end(house, held)
    dispatching.offer_next(house, NOON)
    taken = leasing.request(house, Ask("bob", "", WHOLE), NOON)
    assert isinstance(taken, Lease)
    assert taken.account == "group:thesis"
