"""Tickets as rows: one for a server name, and never a place lost."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from hub.errors import NotFound, Refused, StateChanged
from hub.policy.people import Person
from hub.policy.reasons import Reason
from hub.policy.requests import SpawnRequest
from hub.policy.rules import Rules
from hub.policy.tickets import Ticket, TicketState
from hub.store import ticket_steps, tickets
from hub.store.database import Database
from hub.store.ledger_schema import fair_shares
from hub.store.queue import load_queue
from hub.store.tickets import NewTicket
from hub.store.waiting_schema import ticket_servers
from hub.units import PARTS, hours
from tests.store.conftest import NOON, add

LATER = NOON + timedelta(hours=1)
HALF = SpawnRequest(gpus=Fraction(1, 2), if_busy="wait")


def new(person: Person, server: str = "", **changes: object) -> NewTicket:
    """Ask for half a GPU for four hours."""
    plain = NewTicket(person, server, "site", HALF, hours(4))
    return replace(plain, **changes)  # type: ignore[arg-type]


def three(db: Connection) -> list[Ticket]:
    """Open tickets of ann's, bob's and charlie's, a minute apart, and judge them in that order."""
    made = [
        tickets.open_ticket(db, new(add(db, name)), NOON + timedelta(minutes=number))
        for number, name in enumerate(("ann", "bob", "charlie"))
    ]
    judged = [
        replace(ticket, position=place, judged_at=NOON) for place, ticket in enumerate(made, 1)
    ]
    ticket_steps.write_judgements(db, judged)
    return judged


def test_what_was_asked_for_is_kept_exactly(database: Database) -> None:
    request = SpawnRequest("big", Fraction(3, 4), None, "field-lab", preemptible=False)
    with database.write() as db:
        ann = add(db, "ann")
        asked = NewTicket(ann, "two", "group:field-lab", request, hours(2), not_before=LATER)
        made = tickets.open_ticket(db, asked, NOON)
        found = tickets.load_ticket(db, made.id)
    assert found == made
    wish = replace(request, duration=hours(2), if_busy="wait")
    assert (found.request(), found.asked_at, found.not_before) == (wish, NOON, LATER)


def test_the_same_request_again_is_the_same_ticket(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        first = tickets.open_ticket(db, new(ann), NOON)
        assert tickets.open_ticket(db, new(ann), LATER) == first
        assert len(tickets.load_open_tickets(db)) == 1


def test_the_same_request_is_known_again_to_the_microsecond(database: Database) -> None:
    odd = timedelta(hours=1, microseconds=1)
    with database.write() as db:
        ann = add(db, "ann")
        first = tickets.open_ticket(db, new(ann, duration=odd), NOON)
        assert tickets.open_ticket(db, new(ann, duration=odd), LATER) == first


@pytest.mark.parametrize(
    "less",
    [
        {"duration": hours(2)},
        {"request": replace(HALF, gpus=Fraction(1, 4))},
        {"duration": hours(5)},
        {"account": "group:field-lab"},
    ],
)
def test_asking_for_no_more_keeps_the_place(database: Database, less: dict[str, object]) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        first = tickets.open_ticket(db, new(ann), NOON)
        again = tickets.open_ticket(db, new(ann, **less), LATER)
    assert (again.id, again.asked_at) == (first.id, NOON)
    assert (again.gpus, again.duration, again.account) != (first.gpus, first.duration, "site")


@pytest.mark.parametrize(
    "more",
    [
        {"duration": hours(5), "request": replace(HALF, duration=hours(5))},
        {"request": replace(HALF, gpus=Fraction(1))},
        {"request": replace(HALF, preemptible=False)},
        {"request": replace(HALF, profile="big")},
        {"account": "group:field-lab", "request": replace(HALF, group="field-lab")},
    ],
)
def test_asking_for_more_goes_to_the_end(database: Database, more: dict[str, object]) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        first = tickets.open_ticket(db, new(ann), NOON)
        again = tickets.open_ticket(db, new(ann, **more), LATER)
    assert (again.id, again.asked_at) == (first.id, LATER)


def test_the_key_refuses_a_second_ticket_for_a_server_name(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        tickets.open_ticket(db, new(ann), NOON)
        second = tickets.open_ticket(db, new(ann, "two"), NOON)
    key = insert(ticket_servers).values(person_id=ann.id, server="", ticket_id=second.id)
    with pytest.raises(IntegrityError), database.write() as db:
        db.execute(key)


def test_an_old_place_may_be_given_back(database: Database) -> None:
    with database.write() as db:
        made = tickets.open_ticket(db, new(add(db, "ann"), asked_at=NOON), LATER)
    assert made.asked_at == NOON


def test_an_offer_that_came_to_nothing_gives_the_old_place(database: Database) -> None:
    with database.write() as db:
        first = three(db)[0]
        offered = ticket_steps.offer_ticket(db, first.id, 7)
        assert (offered.state, offered.lease_id) == (TicketState.OFFERED, 7)
        back = ticket_steps.put_back(db, first.id, LATER)
    assert (back.state, back.lease_id, back.not_before) == (TicketState.WAITING, None, LATER)
    assert (back.asked_at, back.passes, back.behind) == (first.asked_at, 0, None)


def test_an_offer_not_taken_is_counted(database: Database) -> None:
    with database.write() as db:
        first = three(db)[0]
        passed = ticket_steps.pass_by(db, first.id)
    assert (passed.state, passed.passes, passed.lease_id) == (TicketState.WAITING, 1, None)


def test_nothing_is_offered_twice(database: Database) -> None:
    with database.write() as db:
        first = three(db)[0]
        ticket_steps.offer_ticket(db, first.id, 7)
        with pytest.raises(StateChanged):
            ticket_steps.offer_ticket(db, first.id, 8)
        assert tickets.load_ticket(db, first.id).lease_id == 7


def test_what_was_not_offered_is_not_put_back(database: Database) -> None:
    with database.write() as db:
        first = three(db)[0]
        with pytest.raises(StateChanged):
            ticket_steps.put_back(db, first.id)


def test_something_else_is_not_asked_for_while_there_is_an_offer(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        offered = ticket_steps.offer_ticket(db, tickets.open_ticket(db, new(ann), NOON).id, 7)
        assert tickets.open_ticket(db, new(ann), LATER) == offered
        with pytest.raises(Refused):
            tickets.open_ticket(db, new(ann, duration=hours(1)), LATER)


@pytest.mark.parametrize("how", [TicketState.SERVED, TicketState.CANCELLED, TicketState.LAPSED])
def test_a_closed_ticket_leaves_its_name_free(database: Database, how: TicketState) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        first = tickets.open_ticket(db, new(ann), NOON)
        assert tickets.close_ticket(db, first.id, how, NOON).state is how
        assert tickets.find_open_ticket(db, "ann", "") is None
        assert tickets.open_ticket(db, new(ann), LATER).id > first.id


def test_a_ticket_is_closed_once(database: Database) -> None:
    with database.write() as db:
        first = three(db)[0]
        tickets.close_ticket(db, first.id, TicketState.SERVED, NOON)
        with pytest.raises(StateChanged):
            tickets.close_ticket(db, first.id, TicketState.CANCELLED, NOON)
        assert tickets.load_ticket(db, first.id).state is TicketState.SERVED


def test_who_was_moved_ahead_of_a_ticket_stays_ahead_of_the_next(database: Database) -> None:
    with database.write() as db:
        first, second, third = three(db)
        ticket_steps.place(db, third.id, first.id, None)
        ticket_steps.write_judgements(
            db, [replace(t, position=n) for n, t in enumerate((third, first, second), 1)]
        )
        tickets.close_ticket(db, first.id, TicketState.CANCELLED, NOON)
        assert tickets.load_ticket(db, third.id).ahead_of == second.id


def test_who_went_behind_a_ticket_has_its_own_place_once_that_is_served(
    database: Database,
) -> None:
    with database.write() as db:
        first, second, _ = three(db)
        ticket_steps.place(db, first.id, None, second.id)
        tickets.close_ticket(db, second.id, TicketState.SERVED, NOON)
        assert tickets.load_ticket(db, first.id).behind is None


def test_what_a_ticket_was_told_is_read_back(database: Database) -> None:
    reason = Reason("gpu-busy", "free-slots", {"asked": 0.5, "gpus": 1}, "time", LATER)
    with database.write() as db:
        first = three(db)[0]
        told = replace(first, position=3, hindered=True, earliest=NOON, latest=LATER, reason=reason)
        ticket_steps.write_judgements(db, [told])
        ticket_steps.write_forecasts(db, {first.id: (NOON, LATER)})
        assert tickets.load_ticket(db, first.id) == told


def test_a_judgement_leaves_what_was_foretold(database: Database) -> None:
    with database.write() as db:
        first = three(db)[0]
        ticket_steps.write_forecasts(db, {first.id: (NOON, LATER)})
        ticket_steps.write_judgements(db, [first])
        found = tickets.load_ticket(db, first.id)
    assert (found.earliest, found.latest) == (NOON, LATER)


def test_a_judgement_that_comes_late_changes_nothing(database: Database) -> None:
    with database.write() as db:
        first = three(db)[0]
        ticket_steps.offer_ticket(db, first.id, 7)
        ticket_steps.write_judgements(db, [replace(first, position=9)])
        assert tickets.load_ticket(db, first.id).position == 1


@pytest.mark.parametrize("number", [0, -1, 99, 2**63])
def test_an_unknown_ticket_is_not_found(database: Database, number: int) -> None:
    with database.read() as db, pytest.raises(NotFound):
        tickets.load_ticket(db, number)


def test_usage_fades_by_half_in_a_week_and_is_told_over_what_the_gpus_give(
    database: Database,
) -> None:
    week_ms = 7 * 24 * 3600 * 1000
    with database.write() as db:
        first, second, _ = three(db)
        share = {"person_id": first.person_id, "gpu_ms": float(week_ms)}
        db.execute(insert(fair_shares).values(**share, at=NOON - timedelta(days=7)))
        found = load_queue(db, NOON, Rules(), 2 * PARTS, {"site": 7}, {})
    assert [q.standing.usage for q in found] == [pytest.approx(0.25), 0, 0]
    assert {q.standing.priority for q in found} == {7}
    assert found[1].ticket == replace(second, judged_at=None)


def test_who_has_an_offer_waits_no_longer(database: Database) -> None:
    with database.write() as db:
        first, second, third = three(db)
        ticket_steps.offer_ticket(db, first.id, 7)
        found = load_queue(db, NOON, Rules(), PARTS, {}, {})
    assert [(q.ticket.id, q.standing.priority) for q in found] == [(second.id, 5), (third.id, 5)]
