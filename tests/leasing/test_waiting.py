"""A place in the waiting list: asked for, and kept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from hub import dispatching, leasing, waiting
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import State
from hub.policy.outcomes import Denial, Wait, WouldFit
from hub.policy.requests import SpawnRequest
from hub.policy.tickets import TicketState
from hub.waiting import TicketAsk
from tests.leasing.conftest import NOON
from tests.leasing.line import (
    CPU,
    HALF,
    WHOLE,
    end,
    load,
    open_tickets,
    run,
    wait,
)


def test_who_must_wait_has_a_place_and_a_reason_at_once(house: House) -> None:
    run(house, "ann")
    ticket = wait(house, "bob")
    assert (ticket.state, ticket.position) == (TicketState.WAITING, 1)
    assert ticket.reason is not None
    assert ticket.reason.code == "gpu-busy"


def test_who_must_wait_keeps_what_they_were_told_of_when(house: House) -> None:
    run(house, "ann")
    told = leasing.request(house, Ask("bob", "", WHOLE), NOON)
    assert isinstance(told, Wait)
    assert told.ticket_id is not None
    kept = load(house, told.ticket_id)
    assert kept.latest is not None
    assert (kept.earliest, kept.latest) == (told.earliest, told.latest)


def test_who_does_not_want_to_wait_has_no_ticket(house: House) -> None:
    run(house, "ann")
    asked = replace(WHOLE, if_busy="refuse")
    assert isinstance(leasing.request(house, Ask("bob", "", asked), NOON), Denial)
    assert open_tickets(house) == 0


def test_the_same_request_in_the_same_moment_is_one_ticket(house: House) -> None:
    run(house, "ann")
    asks = [Ask("bob", "", WHOLE)] * 8
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda ask: leasing.request(house, ask, NOON), asks))
    assert len({wait.ticket_id for wait in told if isinstance(wait, Wait)}) == 1
    assert open_tickets(house) == 1


def test_one_person_waits_for_one_server_only(house: House) -> None:
    run(house, "ann")
    first = wait(house, "bob")
    told = leasing.request(house, Ask("bob", "second", WHOLE), NOON)
    assert isinstance(told, Denial)
    assert [(r.code, r.rule) for r in told.reasons] == [
        ("waiting", "tickets-each"),
        ("gpu-busy", "free-slots"),
    ]
    assert told.reasons[0].numbers["ticket"] == first.id


def test_what_no_waiting_helps_is_denied(house: House) -> None:
    run(house, "ann")
    asked = replace(WHOLE, duration=timedelta(hours=99))
    assert isinstance(leasing.request(house, Ask("bob", "", asked), NOON), Denial)
    assert open_tickets(house) == 0


def test_a_cpu_server_leaves_the_ticket_of_its_name(house: House) -> None:
    run(house, "ann")
    ticket = wait(house, "bob")
    run(house, "bob", CPU)
    assert load(house, ticket).state is TicketState.WAITING


def test_a_place_is_asked_for_while_a_cpu_server_runs(house: House) -> None:
    run(house, "ann")
    held = run(house, "bob", CPU)
    told = waiting.ask_for_ticket(house, TicketAsk("bob", "", HALF), NOON)
    assert isinstance(told, Wait)
    assert told.ticket_id is not None
    assert load(house, told.ticket_id).position == 1
    assert leasing.load_lease(house, held.id).state is State.ACTIVE


def test_a_place_may_be_asked_for_though_there_is_room(house: House) -> None:
    run(house, "bob", CPU)
    told = waiting.ask_for_ticket(house, TicketAsk("bob", "", HALF), NOON)
    assert isinstance(told, Wait)
    dispatching.offer_next(house, NOON)
    assert told.ticket_id is not None
    assert load(house, told.ticket_id).state is TicketState.OFFERED


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (CPU, "request"),
        (SpawnRequest(gpus=Fraction(2)), "gpu-quota"),
        (SpawnRequest(gpus=Fraction(1, 3)), "request"),
        (SpawnRequest("nope", Fraction(1)), "profile"),
        (SpawnRequest(gpus=Fraction(1), group="nobodys"), "account"),
    ],
)
def test_nobody_waits_for_what_they_may_not_have(
    house: House, request_: SpawnRequest, code: str
) -> None:
    told = waiting.ask_for_ticket(house, TicketAsk("bob", "", request_), NOON)
    assert isinstance(told, Denial)
    assert code in [reason.code for reason in told.reasons]
    assert open_tickets(house) == 0


def test_who_is_granted_a_gpu_waits_no_longer_for_one(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    end(house, held)
    granted = run(house, "bob")
    assert load(house, ticket).lease_id == granted.id


def test_whose_turn_would_be_now_waits_for_one_server_only_too(house: House) -> None:
    held = run(house, "ann")
    wait(house, "bob", HALF)
    end(house, held)
    told = waiting.ask_for_ticket(
        house, TicketAsk("bob", "second", replace(WHOLE, gpus=Fraction(1, 4))), NOON
    )
    assert isinstance(told, Denial)
    assert [(r.code, r.rule) for r in told.reasons] == [("waiting", "tickets-each")]
    assert told.would_fit == WouldFit(Fraction(1, 4), timedelta(hours=4))
