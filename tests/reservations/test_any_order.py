"""Whatever is reserved, removed and made as time goes on, no moment is promised twice."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import reservations
from hub.errors import NotFound
from hub.house import House
from hub.policy.reserving import Window
from hub.store import people
from hub.store.gpus import replace_node
from hub.store.reservations import HORIZON, load_occurrences
from hub.store.waiting_schema import occurrences
from hub.store.waiting_schema import reservations as table
from tests.houses import found_station
from tests.leasing.conftest import GPU, NOON
from tests.reservations.conftest import claim_of

DAY = timedelta(days=1)
WHOLE = 400
GROUPS = ("field-lab", "visitors", "soil")
RULES = st.sampled_from([None, *(f"FREQ={f};COUNT=30" for f in ("DAILY", "WEEKLY", "MONTHLY"))])
RESERVE = st.tuples(
    st.just("reserve"),
    st.sampled_from([0.25, 0.5, 0.75, 1]),
    st.integers(0, 60),
    st.integers(1, 30),
    st.sampled_from(GROUPS),
    RULES,
)
REMOVE = st.tuples(st.just("remove"), st.integers(1, 8))
PASS = st.tuples(st.just("pass"), st.integers(1, 50))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A station of one GPU with three groups."""
    made = found_station(tmp_path / "home")
    with made.database.write() as db:
        replace_node(db, "local", [GPU], NOON)
        for name in GROUPS:
            people.add_group(db, name, NOON)
    yield made
    made.database.dispose()


def forget(house: House) -> None:
    """Begin anew."""
    with house.database.write() as db:
        db.execute(occurrences.delete())
        db.execute(table.delete())
        db.exec_driver_sql("DELETE FROM sqlite_sequence")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.one_of(RESERVE, RESERVE, REMOVE, PASS), max_size=14))
def test_no_moment_is_promised_twice_and_the_windows_of_60_days_are_made(
    house: House, steps: list[tuple[object, ...]]
) -> None:
    forget(house)
    now = NOON
    for step in steps:
        match step:
            case ("reserve", float() | int() as gpus, int() as since, int() as length, group, rule):
                claim = claim_of(house, gpus, since, since + length, str(group), rule)  # type: ignore[arg-type]
                reservations.add(house, [claim], False, "host", now)
            case ("remove", int() as number):
                try:
                    reservations.remove(house, number, "host", now)
                except NotFound:
                    continue
            case ("pass", int() as days):
                now += days * DAY
                reservations.ensure_occurrences(house, now)
        check_sums(house, now)
    check_made(house, now)


def check_sums(house: House, now: datetime) -> None:
    """Hold that all windows to the end of all rules fit beside each other."""
    listed = reservations.load_listed(house, NOON)
    windows = [(each.reservation.parts, window) for each in listed for window in each.coming]
    for moment in {window.since for _, window in windows if window.since >= now}:
        running = (parts for parts, window in windows if window.since <= moment < window.until)
        assert sum(running) <= WHOLE


def check_made(house: House, now: datetime) -> None:
    """Hold that what a start looks at is what was promised."""
    reservations.ensure_occurrences(house, now)
    listed = reservations.load_listed(house, now)
    soon = now + HORIZON - timedelta(hours=1)
    wanted = {
        (each.reservation.id, window)
        for each in listed
        for window in each.coming
        if window.since < soon
    }
    with house.database.read() as db:
        found = load_occurrences(db, now, HORIZON - timedelta(hours=1))
    assert {(one.reservation_id, Window(one.since, one.until)) for one in found} == wanted
