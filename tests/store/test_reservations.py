"""Reservations as rows, and their windows."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from hub.errors import NotFound
from hub.policy.reservations import Occurrence, Reservation, Series
from hub.policy.reserving import Window
from hub.store.database import Database
from hub.store.reservations import (
    NewReservation,
    add_reservation,
    load_occurrences,
    load_reservation,
    load_reservations,
    load_unmade,
    make_occurrences,
    remove_reservation,
)
from hub.store.waiting_schema import occurrences
from tests.store.conftest import NOON

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEKLY = Series(
    datetime.fromisoformat("2027-03-28T02:30"),
    datetime.fromisoformat("2027-03-28T04:00"),
    "Europe/Berlin",
    "FREQ=WEEKLY;COUNT=4",
    (datetime.fromisoformat("2027-04-04T02:30"), datetime.fromisoformat("2027-04-11T02:30")),
)


def reserve(db: Connection, account: str = "group:field-lab") -> Reservation:
    """Store a reservation of half a GPU."""
    return add_reservation(db, NewReservation(account, 200, WEEKLY, "Soil", "host"), NOON)


def window(hours: float, length: float = 1) -> Window:
    """Make a window that begins so many hours after noon."""
    since = NOON + hours * HOUR
    return Window(since, since + length * HOUR)


def test_a_reservation_is_loaded_as_it_was_stored(database: Database) -> None:
    with database.write() as db:
        stored = reserve(db)
    with database.read() as db:
        assert load_reservation(db, stored.id) == stored
    assert stored == Reservation(stored.id, "group:field-lab", 200, WEEKLY, "Soil", "host")


def test_reservations_are_listed_oldest_first_and_by_account(database: Database) -> None:
    with database.write() as db:
        first, second = reserve(db), reserve(db, "group:visitors")
        assert load_reservations(db) == [first, second]
        assert load_reservations(db, "group:visitors") == [second]


def test_a_removed_reservation_is_gone_with_its_coming_windows(database: Database) -> None:
    with database.write() as db:
        gone, other = reserve(db), reserve(db)
        for each in (gone, other):
            make_occurrences(db, each.id, [window(-3), window(2)], NOON + DAY)
        assert remove_reservation(db, gone.id, NOON) == gone
        assert load_reservations(db) == [other]
        assert {each.reservation_id for each in load_occurrences(db, NOON)} == {other.id}
        past = select(occurrences.c.since).where(occurrences.c.reservation_id == gone.id)
        assert list(db.execute(past).scalars()) == [NOON - 3 * HOUR]


@pytest.mark.parametrize("number", [0, -1, 99, 2**63, 10**30])
def test_a_reservation_that_is_not_there_is_not_found(database: Database, number: int) -> None:
    with database.write() as db:
        with pytest.raises(NotFound):
            load_reservation(db, number)
        with pytest.raises(NotFound):
            remove_reservation(db, number, NOON)


def test_a_reservation_is_removed_once(database: Database) -> None:
    with database.write() as db:
        stored = reserve(db)
        remove_reservation(db, stored.id, NOON)
        with pytest.raises(NotFound):
            remove_reservation(db, stored.id, NOON)


def test_windows_are_loaded_that_run_or_begin_within_the_horizon(database: Database) -> None:
    with database.write() as db:
        stored = reserve(db)
        windows = [window(-2, 2), window(-1, 2), window(5), window(24)]
        make_occurrences(db, stored.id, windows, NOON + 2 * DAY)
        found = load_occurrences(db, NOON, DAY)
    assert found == tuple(
        Occurrence(stored.id, "group:field-lab", 200, each.since, each.until)
        for each in windows[1:3]
    )


def test_making_the_same_windows_twice_adds_none(database: Database) -> None:
    with database.write() as db:
        stored = reserve(db)
        assert make_occurrences(db, stored.id, [window(1)], NOON + DAY) == 1
        assert make_occurrences(db, stored.id, [window(1), window(3)], NOON + 2 * DAY) == 1
        assert len(load_occurrences(db, NOON)) == 2


def test_of_a_removed_reservation_no_windows_are_made(database: Database) -> None:
    with database.write() as db:
        stored = reserve(db)
        remove_reservation(db, stored.id, NOON)
        assert make_occurrences(db, stored.id, [window(1)], NOON + DAY) == 0
        assert load_occurrences(db, NOON) == ()


def test_a_reservation_is_unmade_until_its_windows_reach_that_far(database: Database) -> None:
    with database.write() as db:
        stored = reserve(db)
        assert load_unmade(db, NOON) == [stored]
        make_occurrences(db, stored.id, [], NOON + DAY)
        assert load_unmade(db, NOON + DAY) == []
        assert load_unmade(db, NOON + 2 * DAY) == [stored]
