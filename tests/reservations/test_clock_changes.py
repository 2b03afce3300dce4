"""Wall time across clock changes: hours that are skipped, and hours that come twice."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from hub.policy.wording import say
from hub.wall_time import moment_of, wall_of
from tests.reservations.series import (
    BERLIN,
    LORD_HOWE,
    SANTIAGO,
    SHANGHAI,
    WALLS,
    ZONES,
    refused,
    series,
    shown,
    windows,
)


def test_wall_time_holds_across_the_clock_changes() -> None:
    weekly = series("2027-03-22 08:00", "2027-03-22 10:00", "FREQ=WEEKLY;COUNT=2")
    assert shown(weekly) == ["03-22 08:00+0100 10:00+0100", "03-29 08:00+0200 10:00+0200"]
    weekly = series("2027-10-25 08:00", "2027-10-25 10:00", "FREQ=WEEKLY;COUNT=2")
    assert shown(weekly) == ["10-25 08:00+0200 10:00+0200", "11-01 08:00+0100 10:00+0100"]


def test_an_hour_that_is_skipped_gives_its_first_valid_minute_that_day_only() -> None:
    daily = series("2027-03-27 02:30", "2027-03-27 04:00", "FREQ=DAILY;COUNT=3")
    assert shown(daily) == [
        "03-27 02:30+0100 04:00+0100",
        "03-28 03:00+0200 04:00+0200",
        "03-29 02:30+0200 04:00+0200",
    ]


def test_a_first_window_in_a_skipped_hour_keeps_its_wall_time_on_other_days() -> None:
    daily = series("2027-03-28 02:30", "2027-03-28 03:30", "FREQ=DAILY;COUNT=2")
    assert shown(daily) == ["03-28 03:00+0200 03:30+0200", "03-29 02:30+0200 03:30+0200"]


def test_an_hour_that_is_repeated_means_the_first() -> None:
    once = series("2027-10-31 02:15", "2027-10-31 02:45")
    assert shown(once) == ["10-31 02:15+0200 02:45+0200"]
    over = series("2027-10-31 02:30", "2027-10-31 03:00")
    assert shown(over) == ["10-31 02:30+0200 03:00+0100"]


def test_a_window_wholly_within_a_skipped_hour_does_not_happen() -> None:
    daily = series("2027-03-27 02:15", "2027-03-27 02:45", "FREQ=DAILY;COUNT=3")
    assert [text[:5] for text in shown(daily)] == ["03-27", "03-29"]
    assert refused(series("2027-03-28 02:15", "2027-03-28 02:45")).rule == "skipped"


@pytest.mark.parametrize(
    ("zone", "since", "until", "given"),
    [
        (BERLIN, "2027-03-28 01:30", "2027-03-28 02:30", "03-28 01:30+0100 03:00+0200"),
        (BERLIN, "2027-10-31 01:30", "2027-10-31 02:30", "10-31 01:30+0200 02:30+0200"),
        (SANTIAGO, "2027-09-05 00:30", "2027-09-05 04:00", "09-05 01:00-0300 04:00-0300"),
        (SANTIAGO, "2027-09-04 23:30", "2027-09-05 00:30", "09-04 23:30-0400 01:00-0300"),
        (SANTIAGO, "2027-04-03 23:30", "2027-04-04 00:30", "04-03 23:30-0300 00:30-0400"),
        (LORD_HOWE, "2027-10-03 02:10", "2027-10-03 04:00", "10-03 02:30+1100 04:00+1100"),
        (LORD_HOWE, "2027-04-04 01:45", "2027-04-04 02:15", "04-04 01:45+1100 02:15+1030"),
    ],
)
def test_a_window_at_a_clock_change_begins_and_ends_where_the_wall_says(
    zone: str, since: str, until: str, given: str
) -> None:
    assert shown(series(since, until, zone=zone)) == [given]


@pytest.mark.parametrize(
    ("zone", "since", "until"),
    [
        (BERLIN, "2027-03-28 02:10", "2027-03-28 02:50"),
        (SANTIAGO, "2027-09-05 00:10", "2027-09-05 00:40"),
        (LORD_HOWE, "2027-10-03 02:05", "2027-10-03 02:25"),
    ],
)
def test_who_reserves_a_time_that_clocks_skip_is_told_so(zone: str, since: str, until: str) -> None:
    reason = refused(series(since, until, zone=zone))
    assert (reason.rule, reason.numbers) == ("skipped", {"since": since, "until": until})
    assert "begin earlier or end later" in say(reason, "en", ZoneInfo(zone))


def test_where_clocks_never_change_nothing_moves() -> None:
    daily = series("2027-03-27 02:30", "2027-03-27 04:00", "FREQ=DAILY;COUNT=3", SHANGHAI)
    assert {text[6:] for text in shown(daily)} == {"02:30+0800 04:00+0800"}


def test_a_skipped_midnight_gives_one_in_the_morning() -> None:
    daily = series("2027-09-04 00:00", "2027-09-04 02:00", "FREQ=DAILY;COUNT=3", SANTIAGO)
    assert shown(daily) == [
        "09-04 00:00-0400 02:00-0400",
        "09-05 01:00-0300 02:00-0300",
        "09-06 00:00-0300 02:00-0300",
    ]


def test_a_window_over_a_repeated_midnight_is_an_hour_longer() -> None:
    (found,) = windows(series("2027-04-03 22:00", "2027-04-04 02:00", zone=SANTIAGO))
    assert found.until - found.since == timedelta(hours=5)


@settings(max_examples=500, deadline=None)
@given(WALLS, ZONES)
def test_a_moment_shows_its_wall_time_or_is_the_first_after_a_skipped_hour(
    wanted: datetime, name: str
) -> None:
    zone = ZoneInfo(name)
    moment = moment_of(wanted, zone)
    shows = wall_of(moment, zone)
    minute = timedelta(minutes=1)
    if shows == wanted:
        assert moment.astimezone(zone).fold == 0
    else:
        assert wall_of(moment - minute, zone) < wanted < shows
