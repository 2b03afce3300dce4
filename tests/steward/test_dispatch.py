"""Turns are given in policy's order, never more than fits, and everybody else is told why not."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from hub.dispatching import JUDGE_EVERY, judge_all, offer_next
from hub.house import House
from hub.policy.ceilings import Quota
from hub.policy.leases import State
from hub.policy.tickets import TicketState
from hub.steward.dispatch import dispatch, foretell
from hub.store import ceilings, people, tickets
from hub.store.people import load_person
from hub.store.tickets import NewTicket
from tests.leasing.conftest import LATER, NOON
from tests.leasing.line import (
    CPU,
    HALF,
    WHOLE,
    add,
    end,
    line,
    load,
    offer_of,
    open_leases,
    run,
    taken,
    wait,
)
from tests.steward.hubs import HubThatStarts, office_with

NAMES = ("charlie", "tess", "root")


def test_nobody_has_a_turn_while_the_station_is_full(house: House) -> None:
    run(house, "ann")
    ticket = wait(house, "bob")
    dispatch(office_with(HubThatStarts(house)), NOON)
    assert load(house, ticket).state is TicketState.WAITING


def test_a_turn_is_a_lease_held_for_ten_minutes(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    end(house, held)
    dispatch(office_with(HubThatStarts(house)), NOON)
    offer = offer_of(house, ticket)
    assert (offer.state, offer.ticket_id) == (State.HELD, ticket.id)
    assert offer.offer_until == NOON + timedelta(minutes=10)
    assert taken(house) == 4


def test_as_many_have_a_turn_as_fit_and_in_order(house: House) -> None:
    add(house, *NAMES)
    held = run(house, "ann")
    for number, name in enumerate(("bob", *NAMES)):
        wait(house, name, HALF, minutes=number)
    end(house, held, LATER)
    dispatch(office_with(HubThatStarts(house)), LATER)
    assert [lease.user for lease in open_leases(house)] == ["bob", "charlie"]
    assert line(house) == ["bob", "charlie", "tess", "root"]


def test_two_stewards_by_mistake_offer_nothing_twice(house: House) -> None:
    add(house, *NAMES)
    held = run(house, "ann")
    for name in ("bob", *NAMES):
        wait(house, name, HALF)
    end(house, held)
    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(lambda _: offer_next(house, NOON), range(12)))
    assert len([ticket for ticket in given if ticket is not None]) == 2
    assert len(open_leases(house)) == 2
    assert taken(house) == 4


def test_a_class_of_its_own_is_served_first(house: House) -> None:
    add(house, *NAMES)
    with house.database.write() as db:
        ceilings.set_ceiling(db, "group:lab", "priority", Quota(Fraction(9)))
    held = run(house, "ann")
    wait(house, "bob")
    with house.database.write() as db:
        people.add_group(db, "lab", NOON)
        people.add_member(db, "lab", load_person(db, "root"), NOON)
        root = load_person(db, "root")
        new = NewTicket(root, "", "group:lab", replace(WHOLE, group="lab"), timedelta(hours=4))
        preferred = tickets.open_ticket(db, new, NOON + timedelta(minutes=5))
    end(house, held, LATER)
    dispatch(office_with(HubThatStarts(house)), LATER)
    assert load(house, preferred).state is TicketState.OFFERED


def test_whose_own_quota_is_in_the_way_hinders_nobody_and_keeps_the_place(house: House) -> None:
    add(house, "charlie")
    held = run(house, "ann")
    first, second = wait(house, "bob"), wait(house, "charlie", minutes=1)
    with house.database.write() as db:
        ceilings.set_ceiling(db, "user:bob", "gpus", Quota(Fraction(1, 2)))
    end(house, held, LATER)
    dispatch(office_with(HubThatStarts(house)), LATER)
    assert load(house, second).state is TicketState.OFFERED
    skipped = load(house, first)
    assert (skipped.state, skipped.asked_at) == (TicketState.WAITING, first.asked_at)
    assert skipped.hindered
    assert skipped.reason is not None
    assert skipped.reason.code == "gpu-quota"


def test_who_is_no_longer_in_the_group_they_wait_for_is_told_so(house: House) -> None:
    with house.database.write() as db:
        bob = load_person(db, "bob")
        new = NewTicket(bob, "", "group:lab", replace(WHOLE, group="lab"), timedelta(hours=4))
        ticket = tickets.open_ticket(db, new, NOON)
    dispatch(office_with(HubThatStarts(house)), NOON)
    told = load(house, ticket)
    assert told.state is TicketState.WAITING
    assert told.reason is not None
    assert (told.reason.code, told.reason.rule) == ("account", "not-a-member")


def test_who_has_a_turn_is_told_nothing_older(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    end(house, held)
    dispatch(office_with(HubThatStarts(house)), NOON)
    told = load(house, ticket)
    assert told.reason is not None
    assert told.reason.rule == "turn"


def test_nobody_starts_before_the_time_they_chose(house: House) -> None:
    with house.database.write() as db:
        new = NewTicket(load_person(db, "bob"), "", "site", WHOLE, timedelta(hours=1))
        ticket = tickets.open_ticket(db, replace(new, not_before=LATER), NOON)
    dispatch(office_with(HubThatStarts(house)), NOON)
    reason = load(house, ticket).reason
    assert reason is not None
    assert (reason.rule, reason.soonest) == ("not-before", LATER)
    dispatch(office_with(HubThatStarts(house)), LATER)
    assert load(house, ticket).state is TicketState.OFFERED


def test_a_clock_that_stands_before_the_books_gives_no_turn(house: House) -> None:
    held = run(house, "ann", now=LATER)
    with house.database.write() as db:
        new = NewTicket(load_person(db, "bob"), "", "site", WHOLE, timedelta(hours=1))
        ticket = tickets.open_ticket(db, new, NOON)
    end(house, held, LATER)
    dispatch(office_with(HubThatStarts(house)), NOON)
    assert load(house, ticket).state is TicketState.WAITING


@pytest.mark.parametrize("after", [timedelta(seconds=19), timedelta(seconds=-1)])
def test_no_reason_is_told_that_is_older_than_twenty_seconds(
    house: House, after: timedelta
) -> None:
    add(house, "charlie")
    run(house, "ann", HALF)
    run(house, "bob", HALF)
    ticket = wait(house, "charlie")
    judge_all(house, NOON)
    told = load(house, ticket)
    assert (told.judged_at, told.position) == (NOON, 1)
    assert told.reason is not None
    renewed = judge_all(house, NOON + after)
    assert (renewed > 0) is (after < timedelta())
    assert judge_all(house, NOON + JUDGE_EVERY + after) > 0
    assert load(house, ticket).judged_at == NOON + JUDGE_EVERY + after


def test_a_turn_moves_everybody_up_at_once(house: House) -> None:
    add(house, "charlie")
    held = run(house, "ann")
    wait(house, "bob")
    last = wait(house, "charlie")
    dispatch(office_with(HubThatStarts(house)), NOON)
    assert load(house, last).position == 2
    end(house, held)
    dispatch(office_with(HubThatStarts(house)), NOON)
    assert load(house, last).position == 1


def test_who_waits_is_told_when_their_turn_may_come(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    foretell(office_with(HubThatStarts(house)), NOON)
    told = load(house, ticket)
    assert held.expires_at is not None
    assert told.earliest is not None
    assert told.latest is not None
    assert told.earliest <= held.expires_at <= told.latest


def test_who_wants_a_profile_that_is_gone_is_told_so(house: House) -> None:
    run(house, "ann", CPU)
    with house.database.write() as db:
        wish = replace(WHOLE, profile="gone")
        new = NewTicket(load_person(db, "bob"), "", "site", wish, timedelta(hours=1))
        ticket = tickets.open_ticket(db, new, NOON)
    dispatch(office_with(HubThatStarts(house)), NOON)
    told = load(house, ticket)
    assert told.reason is not None
    assert (told.state, told.reason.code) == (TicketState.WAITING, "profile")
