"""Windows of reservations that recur are made 60 days ahead, as time goes on."""

from datetime import datetime, timedelta

from hub import reservations
from hub.house import House
from hub.steward.__main__ import DUTIES
from hub.steward.reservations import make_windows
from hub.store.reservations import HORIZON, load_occurrences, load_unmade
from tests.leasing.conftest import NOON
from tests.reservations.conftest import Reserve, at
from tests.steward.test_duties import Engine, HubThatKnows, office

DAY = timedelta(days=1)
DAILY = "FREQ=DAILY;COUNT=300"


def made_until(house: House) -> datetime:
    """Give when the last window begins that was made."""
    with house.database.read() as db:
        return max(each.since for each in load_occurrences(db, NOON, 1000 * DAY))


def test_a_new_reservation_has_its_windows_of_60_days(house: House, reserve: Reserve) -> None:
    reserve(1, 2, 3, rrule=DAILY)
    assert HORIZON == 60 * DAY
    assert made_until(house) == at(2) + 59 * DAY


def test_the_steward_makes_the_windows_of_later_days_once(house: House, reserve: Reserve) -> None:
    reserve(1, 2, 3, rrule=DAILY)
    work = office(house, HubThatKnows(), Engine(0))
    make_windows(work, NOON + 10 * DAY)
    assert made_until(house) == at(2) + 69 * DAY
    assert reservations.ensure_occurrences(house, NOON + 10 * DAY) == 0
    assert (make_windows, timedelta(minutes=1)) in DUTIES


def test_a_steward_that_was_away_for_months_catches_up(house: House, reserve: Reserve) -> None:
    reserve(1, 2, 3, rrule=DAILY)
    assert reservations.ensure_occurrences(house, NOON + 200 * DAY) == 60
    assert made_until(house) == at(2) + 259 * DAY


def test_windows_end_with_the_rule(house: House, reserve: Reserve) -> None:
    reserve(1, 2, 3, rrule=DAILY)
    reservations.ensure_occurrences(house, NOON + 260 * DAY)
    reservations.ensure_occurrences(house, NOON + 290 * DAY)
    assert made_until(house) == at(2) + 299 * DAY


def test_a_reservation_with_no_more_windows_is_never_looked_at_again(
    house: House, reserve: Reserve
) -> None:
    reserve(1, 2, 3)
    with house.database.read() as db:
        assert load_unmade(db, NOON + 1000 * DAY) == []


def test_of_a_removed_reservation_none_are_made(house: House, reserve: Reserve) -> None:
    one = reserve(1, 2, 3, rrule=DAILY)
    reservations.remove(house, one.id, "host", NOON)
    assert reservations.ensure_occurrences(house, NOON + 10 * DAY) == 0
