"""A place in the waiting list that an administrator moves."""

import pytest

from hub import dispatching, waiting
from hub.errors import BadValue, Refused
from hub.house import House
from hub.policy.tickets import Ticket, TicketState
from hub.store import ticket_steps
from tests.leasing.conftest import LATER, NOON
from tests.leasing.line import (
    HALF,
    ROOT,
    WHOLE,
    actor,
    add,
    line,
    run,
    wait,
)


def stand_in_line(house: House, first: str, *others: str) -> dict[str, Ticket]:
    """Let people ask one minute after the other while ann holds the only GPU."""
    add(house, *others)
    run(house, "ann")
    return {name: wait(house, name, minutes=number) for number, name in enumerate((first, *others))}


@pytest.mark.parametrize(
    ("position", "order"),
    [
        (1, ["root", "bob", "charlie", "tess"]),
        (2, ["bob", "root", "charlie", "tess"]),
        (4, ["bob", "charlie", "tess", "root"]),
    ],
)
def test_an_administrator_moves_a_ticket(house: House, position: int, order: list[str]) -> None:
    made = stand_in_line(house, "bob", "charlie", "tess", "root")
    waiting.move(house, ROOT, made["root"].id, position, LATER)
    dispatching.judge_all(house, LATER)
    assert line(house) == order


def test_one_move_after_another_is_what_the_administrator_saw(house: House) -> None:
    made = stand_in_line(house, "bob", "charlie", "tess")
    waiting.move(house, ROOT, made["tess"].id, 1, LATER)
    waiting.move(house, ROOT, made["bob"].id, 1, LATER)
    dispatching.judge_all(house, LATER)
    assert line(house) == ["bob", "tess", "charlie"]


def test_who_was_moved_to_the_front_stays_there_when_the_next_leaves(house: House) -> None:
    made = stand_in_line(house, "bob", "charlie", "tess")
    waiting.move(house, ROOT, made["tess"].id, 1, LATER)
    dispatching.judge_all(house, LATER)
    waiting.cancel(house, ROOT, made["bob"].id, LATER)
    dispatching.judge_all(house, LATER)
    assert line(house) == ["tess", "charlie"]


def test_who_was_moved_to_the_front_stays_there_when_the_next_has_a_turn(house: House) -> None:
    add(house, "charlie", "tess", "root")
    held = run(house, "ann", HALF)
    run(house, "root", HALF)
    made = [wait(house, "bob", HALF), wait(house, "tess", WHOLE, minutes=2)]
    made.append(wait(house, "charlie", HALF, minutes=1))
    waiting.move(house, ROOT, made[1].id, 1, LATER)
    dispatching.judge_all(house, LATER)
    with house.database.write() as db:
        new = ticket_steps.offer_ticket(db, made[0].id, held.id)
    assert new.state is TicketState.OFFERED
    dispatching.judge_all(house, LATER)
    assert line(house) == ["bob", "tess", "charlie"]


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
