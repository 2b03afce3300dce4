"""Calendar windows in the station's zone, over every change of its clocks."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.policy.ceilings import WINDOWS, Window
from hub.policy.windows import begin_of, day_of, first_day, last_day, renews_at, split_by_day

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
BEIRUT = ZoneInfo("Asia/Beirut")
APIA = ZoneInfo("Pacific/Apia")
ST_JOHNS = ZoneInfo("America/St_Johns")
HAVANA = ZoneInfo("America/Havana")
ZONES = (ZoneInfo("UTC"), BERLIN, SHANGHAI, BEIRUT, APIA, ST_JOHNS, HAVANA)

moments = st.integers(1_140_000_000_000, 2_110_000_000_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
spans = st.timedeltas(timedelta(), timedelta(days=10))


def utc(*parts: int) -> datetime:
    """Give a moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("window", "first", "last"),
    [
        ("day", date(2026, 11, 22), date(2026, 11, 22)),
        ("week", date(2026, 11, 16), date(2026, 11, 22)),
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
        ("year", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_window_holds_whole_days(window: Window, first: date, last: date) -> None:
    sunday = date(2026, 11, 22)
    assert (first_day(window, sunday), last_day(window, sunday)) == (first, last)


def test_a_leap_february_has_a_last_day() -> None:
    assert last_day("month", date(2028, 2, 3)) == date(2028, 2, 29)


def test_a_week_renews_on_monday_by_the_stations_midnight() -> None:
    assert renews_at("week", date(2026, 11, 22), SHANGHAI) == utc(2026, 11, 22, 16)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 22), 24)]
)
def test_a_day_of_a_clock_change_is_shorter_or_longer(day: date, hours: int) -> None:
    begin, end = begin_of(day, BERLIN), begin_of(day + timedelta(days=1), BERLIN)
    assert split_by_day(begin, end, BERLIN) == ((day, timedelta(hours=hours)),)


def test_a_midnight_that_is_skipped_begins_its_day_at_the_skip() -> None:
    skip = utc(2024, 3, 30, 22)
    assert begin_of(date(2024, 3, 31), BEIRUT) == skip
    assert day_of(skip - timedelta(microseconds=1), BEIRUT) == date(2024, 3, 30)


def test_a_day_that_never_was_has_no_part() -> None:
    around = split_by_day(utc(2011, 12, 30, 9), utc(2011, 12, 30, 11), APIA)
    assert [day for day, _ in around] == [date(2011, 12, 29), date(2011, 12, 31)]


def test_a_day_does_not_come_back_where_clocks_go_back_over_midnight() -> None:
    since = utc(2010, 11, 7, 2)
    days = [day for day, _ in split_by_day(since, since + timedelta(hours=3), ST_JOHNS)]
    assert days == [date(2010, 11, 6), date(2010, 11, 7)]


def test_a_span_that_ends_before_it_begins_is_empty() -> None:
    assert split_by_day(utc(2026, 1, 2), utc(2026, 1, 1), BERLIN) == ()


@given(moments, spans, st.sampled_from(ZONES))
def test_the_days_of_a_span_sum_to_it_and_come_in_order(
    since: datetime, span: timedelta, zone: ZoneInfo
) -> None:
    parts = split_by_day(since, since + span, zone)
    assert sum((part for _, part in parts), timedelta()) == span
    assert all(part > timedelta() for _, part in parts)
    assert all(a < b for (a, _), (b, _) in pairwise(parts))


@given(moments, st.sampled_from(ZONES))
def test_a_moment_lies_in_its_day(moment: datetime, zone: ZoneInfo) -> None:
    day = day_of(moment, zone)
    assert begin_of(day, zone) <= moment < begin_of(day + timedelta(days=1), zone)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.sampled_from(WINDOWS))
def test_every_day_lies_in_exactly_one_window(day: date, window: Window) -> None:
    first, last = first_day(window, day), last_day(window, day)
    assert first <= day <= last
    assert first_day(window, last) == first
    assert first_day(window, last + timedelta(days=1)) == last + timedelta(days=1)
