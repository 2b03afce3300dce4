"""A place in the waiting list: asked for, kept, given up, moved, and offered its server."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from hub import dispatching, leasing, waiting
from hub.errors import BadValue, NotFound, Refused
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Denial, Wait, WouldFit
from hub.policy.requests import SpawnRequest
from hub.policy.tickets import TicketState
from hub.store import people, ticket_steps
from hub.waiting import TicketAsk
from tests.leasing.conftest import LATER, NOON
from tests.leasing.line import (
    CPU,
    HALF,
    ROOT,
    WHOLE,
    actor,
    add,
    end,
    line,
    load,
    offer_of,
    open_leases,
    open_tickets,
    run,
    taken,
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
    assert [(r.code, r.rule) for r in told.reasons] == [("waiting", "tickets-each")]
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


def test_the_owner_gives_up_a_place(house: House) -> None:
    run(house, "ann")
    ticket = wait(house, "bob")
    closed = waiting.cancel(house, actor(house, "bob"), ticket.id, NOON)
    assert closed.state is TicketState.CANCELLED
    with pytest.raises(Refused):
        waiting.cancel(house, actor(house, "bob"), ticket.id, NOON)


def test_a_manager_gives_up_the_places_of_their_account_only(house: House) -> None:
    add(house, "tess", "charlie")
    with house.database.write() as db:
        people.add_group(db, "lab", NOON)
        for name in ("tess", "bob"):
            people.add_member(db, "lab", people.load_person(db, name), NOON)
        people.set_manager(db, "lab", people.load_person(db, "tess"), True)
    run(house, "ann")
    ours, other = wait(house, "bob"), wait(house, "charlie")
    tess = actor(house, "tess")
    assert waiting.cancel(house, tess, ours.id, NOON).state is TicketState.CANCELLED
    with pytest.raises(NotFound):
        waiting.cancel(house, tess, other.id, NOON)


@pytest.mark.parametrize("act", [waiting.cancel, waiting.take])
def test_a_stranger_does_not_learn_that_a_ticket_exists(house: House, act: object) -> None:
    run(house, "ann")
    ticket = wait(house, "bob")
    with pytest.raises(NotFound):
        act(house, actor(house, "ann"), ticket.id, NOON)  # type: ignore[operator]
    assert waiting.load_visible(house, actor(house, "ann")) == []


def test_giving_up_an_offer_frees_its_slots(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    end(house, held)
    dispatching.offer_next(house, NOON)
    offer = offer_of(house, ticket)
    assert taken(house) == 4
    waiting.cancel(house, ROOT, ticket.id, NOON)
    assert taken(house) == 0
    assert leasing.load_lease(house, offer.id).state is State.CLOSED


def test_giving_up_a_place_ends_the_start_that_came_of_it(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    end(house, held)
    dispatching.offer_next(house, NOON)
    claimed = leasing.request(house, Ask("bob", "", WHOLE), NOON)
    waiting.cancel(house, ROOT, ticket.id, NOON)
    assert leasing.load_lease(house, claimed.id).state is State.CLOSING  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("position", "order"),
    [
        (1, ["eve", "bob", "charlie", "dan"]),
        (2, ["bob", "eve", "charlie", "dan"]),
        (4, ["bob", "charlie", "dan", "eve"]),
    ],
)
def test_an_administrator_moves_a_ticket(house: House, position: int, order: list[str]) -> None:
    add(house, "charlie", "dan", "eve")
    run(house, "ann")
    made = {
        name: wait(house, name, minutes=number)
        for number, name in enumerate(("bob", "charlie", "dan", "eve"))
    }
    waiting.move(house, ROOT, made["eve"].id, position, LATER)
    dispatching.judge_all(house, LATER)
    assert line(house) == order


def test_one_move_after_another_is_what_the_administrator_saw(house: House) -> None:
    add(house, "charlie", "dan")
    run(house, "ann")
    made = {
        name: wait(house, name, minutes=number)
        for number, name in enumerate(("bob", "charlie", "dan"))
    }
    waiting.move(house, ROOT, made["dan"].id, 1, LATER)
    waiting.move(house, ROOT, made["bob"].id, 1, LATER)
    dispatching.judge_all(house, LATER)
    assert line(house) == ["bob", "dan", "charlie"]


def test_who_was_moved_to_the_front_stays_there_when_the_next_leaves(house: House) -> None:
    add(house, "charlie", "dan")
    run(house, "ann")
    made = {
        name: wait(house, name, minutes=number)
        for number, name in enumerate(("bob", "charlie", "dan"))
    }
    waiting.move(house, ROOT, made["dan"].id, 1, LATER)
    dispatching.judge_all(house, LATER)
    waiting.cancel(house, ROOT, made["bob"].id, LATER)
    dispatching.judge_all(house, LATER)
    assert line(house) == ["dan", "charlie"]


def test_who_was_moved_to_the_front_stays_there_when_the_next_has_a_turn(house: House) -> None:
    add(house, "charlie", "dan", "eve")
    held = run(house, "ann", HALF)
    run(house, "eve", HALF)
    made = [wait(house, "bob", HALF), wait(house, "dan", WHOLE, minutes=2)]
    made.append(wait(house, "charlie", HALF, minutes=1))
    waiting.move(house, ROOT, made[1].id, 1, LATER)
    dispatching.judge_all(house, LATER)
    with house.database.write() as db:
        new = ticket_steps.offer_ticket(db, made[0].id, held.id)
    assert new.state is TicketState.OFFERED
    dispatching.judge_all(house, LATER)
    assert line(house) == ["bob", "dan", "charlie"]


def test_who_starts_a_server_themselves_need_not_open_it_in_time(house: House) -> None:
    held = run(house, "ann")
    wait(house, "bob")
    end(house, held)
    assert run(house, "bob").visited_at == NOON


@pytest.mark.parametrize("position", [0, 3, -1])
def test_there_is_no_such_position(house: House, position: int) -> None:
    add(house, "charlie")
    run(house, "ann")
    ticket = wait(house, "bob")
    wait(house, "charlie")
    with pytest.raises(BadValue):
        waiting.move(house, ROOT, ticket.id, position, NOON)


def test_only_administrators_move_tickets(house: House) -> None:
    run(house, "ann")
    ticket = wait(house, "bob")
    with pytest.raises(Refused):
        waiting.move(house, actor(house, "bob"), ticket.id, 1, NOON)


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
