"""A place in the waiting list that is given up, and who may."""

import pytest

from hub import dispatching, leasing, waiting
from hub.errors import NotFound, Refused
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import State
from hub.policy.tickets import TicketState
from hub.store import people
from tests.leasing.conftest import NOON
from tests.leasing.line import (
    ROOT,
    WHOLE,
    actor,
    add,
    end,
    offer_of,
    run,
    taken,
    wait,
)


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


def test_who_was_moved_before_a_ticket_that_is_given_up_stands_beside_nobody(house: House) -> None:
    add(house, "charlie")
    run(house, "ann")
    first, second = wait(house, "bob"), wait(house, "charlie", minutes=1)
    dispatching.judge_all(house, NOON)
    waiting.move(house, ROOT, second.id, 1, NOON)
    waiting.cancel(house, ROOT, first.id, NOON)
    left = waiting.load_ticket(house, ROOT, second.id)
    assert (left.ahead_of, left.behind) == (None, None)
