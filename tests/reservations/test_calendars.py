"""From wall time and a rule to windows: within limits, or refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.calendars import as_kept, check_series, windows_between
from hub.policy.reasons import Reason
from hub.policy.reservations import Series
from tests.reservations.series import (
    BERLIN,
    NOON,
    SANTIAGO,
    SHANGHAI,
    WALLS,
    ZONES,
    refused,
    series,
    shown,
    windows,
)


def test_excluded_beginnings_do_not_happen() -> None:
    rule = "FREQ=DAILY;COUNT=3"
    daily = series("2027-01-01 08:00", "2027-01-01 09:00", rule, BERLIN, "2027-01-02 08:00")
    assert [text[:5] for text in shown(daily)] == ["01-01", "01-03"]


def test_windows_that_are_over_are_left_out_and_one_that_runs_is_not() -> None:
    daily = series("2026-11-20 12:30", "2026-11-20 13:30", "FREQ=DAILY;COUNT=4")
    assert [text[:5] for text in shown(daily)] == ["11-22", "11-23"]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20270103", "01-03"),
        ("20270103T080000", "01-03"),
        ("20270103T070000Z", "01-03"),
        ("20270103T065959Z", "01-02"),
    ],
)
def test_an_end_may_be_a_day_wall_time_or_utc(until: str, last: str) -> None:
    daily = series("2027-01-01 08:00", "2027-01-01 09:00", f"FREQ=DAILY;UNTIL={until}")
    assert shown(daily)[-1].startswith(last)


@pytest.mark.parametrize(
    ("since", "until", "rrule", "rule"),
    [
        ("2027-01-01 08:00", "2027-01-01 08:00", None, "ends-before"),
        ("2027-01-01 08:00", "2027-01-01 07:00", "FREQ=DAILY;COUNT=3", "ends-before"),
        ("2026-11-21 08:00", "2026-11-21 09:00", None, "past"),
        ("2026-11-01 08:00", "2026-11-01 09:00", "FREQ=DAILY;COUNT=20", "past"),
        ("2027-01-01 08:00", "2028-12-01 08:00", None, "too-far"),
        ("2027-01-01 08:00", "2027-01-01 09:00", "FREQ=WEEKLY;UNTIL=20300101", "too-far"),
        ("2027-01-01 08:00", "2027-01-01 09:00", "FREQ=YEARLY;COUNT=9999", "too-far"),
        ("2027-01-01 08:00", "2027-01-01 09:00", "FREQ=DAILY;COUNT=501", "too-many"),
        ("2027-01-01 08:00", "2027-01-01 09:00", "FREQ=DAILY;UNTIL=20281101", "too-many"),
        ("2027-01-01 08:00", "2027-01-02 08:01", "FREQ=DAILY;COUNT=3", "overlap"),
        ("2027-01-01 08:00", "2027-01-01 09:00", "FREQ=WEEKLY", "rule"),
        ("2027-01-01 08:00", "2027-01-01 09:00", "FREQ=WEEKLY;COUNT=3;UNTIL=20270201", "rule"),
        ("2027-01-01 08:00", "2027-01-01 09:00", "FREQ=WEEKLY;COUNT=3;BYDAY=MO", "rule"),
        ("0001-01-01 08:00", "0001-01-01 09:00", None, "past"),
        ("2027-01-01 08:00", "9999-12-31 23:59", None, "too-far"),
        ("2027-01-01 08:00", "2027-01-01 09:00", "FREQ=DAILY;COUNT=3;BYHOUR=8", "rule"),
    ],
)
def test_what_can_not_be_a_reservation_is_refused_with_the_rule(
    since: str, until: str, rrule: str | None, rule: str
) -> None:
    reason = refused(series(since, until, rrule))
    assert (reason.code, reason.rule) == ("reservation", rule)


@pytest.mark.parametrize("zone", [SHANGHAI, SANTIAGO])
def test_the_ends_of_all_time_are_refused_in_every_zone(zone: str) -> None:
    assert refused(series("0001-01-01 00:00", "0001-01-01 00:01", None, zone)).rule == "past"
    assert refused(series("2027-01-01 08:00", "9999-12-31 23:59", None, zone)).rule == "too-far"


def test_500_windows_are_accepted() -> None:
    daily = series("2027-01-01 08:00", "2027-01-01 09:00", "FREQ=DAILY;COUNT=500")
    assert len(windows(daily)) == 500


def test_an_end_two_years_ahead_is_accepted() -> None:
    assert len(windows(series("2028-11-22 08:00", "2028-11-22 13:00"))) == 1
    reason = refused(series("2028-11-22 08:00", "2028-11-22 13:01"))
    assert reason.numbers == {"until": "2028-11-22 13:01", "latest": "2028-11-22 13:00"}


def test_a_kept_series_has_the_windows_of_the_one_it_was() -> None:
    asked = series("2027-01-04 08:00", "2027-01-04 09:00", "freq=weekly;until=20270131")
    assert windows(as_kept(asked)) == windows(asked)


def test_windows_are_listed_from_the_one_that_runs_to_the_one_that_begins_in_time() -> None:
    daily = series("2027-01-01 08:00", "2027-01-01 10:00", "FREQ=DAILY;COUNT=5", "UTC")
    day = datetime(2027, 1, 2, 9, tzinfo=UTC)
    found = windows_between(daily, day, day + timedelta(days=2, hours=-1))
    assert [window.since.day for window in found] == [2, 3]


@settings(max_examples=200, deadline=None)
@given(WALLS, ZONES, st.integers(1, 26 * 60), st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
def test_accepted_windows_are_in_order_apart_and_not_over(
    since: datetime, name: str, minutes: int, freq: str
) -> None:
    until = since + timedelta(minutes=minutes)
    wanted = Series(since, until, name, f"FREQ={freq};COUNT=12")
    found = check_series(wanted, NOON, ZoneInfo(name))
    if not isinstance(found, Reason):
        edges = [edge for window in found for edge in (window.since, window.until)]
        assert edges == sorted(edges)
        assert all(window.since < window.until > NOON for window in found)
