"""From wall time and a rule to windows: across clock changes, within limits, or refused."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.calendars import as_kept, check_series, windows_between
from hub.policy.reasons import Reason
from hub.policy.reservations import Series
from hub.policy.reserving import Window
from hub.policy.wording import say
from hub.recurrence import parse_rule
from hub.wall_time import moment_of, wall_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN, SHANGHAI, SANTIAGO = "Europe/Berlin", "Asia/Shanghai", "America/Santiago"
LORD_HOWE = "Australia/Lord_Howe"
BOUNDED_S = 3


def wall(text: str) -> datetime:
    """Read wall time: 2027-03-28 02:30."""
    return datetime.fromisoformat(text)


def series(
    since: str, until: str, rrule: str | None = None, zone: str = BERLIN, *excluded: str
) -> Series:
    """Make the windows of a reservation."""
    return Series(wall(since), wall(until), zone, rrule, tuple(wall(text) for text in excluded))


def windows(wanted: Series) -> tuple[Window, ...]:
    """Give the windows of what must be accepted."""
    found = check_series(wanted, NOON, ZoneInfo(wanted.zone))
    assert not isinstance(found, Reason), found
    return found


def refused(wanted: Series) -> Reason:
    """Give why it is refused."""
    found = check_series(wanted, NOON, ZoneInfo(wanted.zone))
    assert isinstance(found, Reason), found
    return found


def shown(wanted: Series) -> list[str]:
    """Give each window as clocks of its zone show it, with the offsets."""
    zone = ZoneInfo(wanted.zone)
    return [
        f"{w.since.astimezone(zone):%m-%d %H:%M%z} {w.until.astimezone(zone):%H:%M%z}"
        for w in windows(wanted)
    ]


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


@pytest.mark.parametrize(
    ("rrule", "said"),
    [
        ("FREQ=DAILY", "add COUNT=10 or UNTIL=20270131"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270201", "leave one of them out"),
        ("FREQ=WEEKLY;COUNT=3;BYDAY=MO", "begin on a day it names"),
    ],
)
def test_a_rule_that_is_refused_says_what_to_change(rrule: str, said: str) -> None:
    reason = refused(series("2027-01-01 08:00", "2027-01-01 09:00", rrule))
    assert said in say(reason, "en", ZoneInfo(BERLIN))


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


@pytest.mark.parametrize(
    "rrule",
    [
        "FREQ=HOURLY;COUNT=3", "FREQ=MINUTELY;COUNT=3", "FREQ=SECONDLY;UNTIL=20270201",
        "FREQ=DAILY;COUNT=3;BYHOUR=8,9", "FREQ=DAILY;COUNT=3;BYMINUTE=0,1",
        "FREQ=DAILY;COUNT=3;BYEASTER=0", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=1e3", "FREQ=DAILY;COUNT=99999999999", "FREQ=DAILY;INTERVAL=0;COUNT=3",
        "FREQ=DAILY;COUNT=3;COUNT=4", "FREQ=DAILY;UNTIL=20271301", "FREQ=DAILY;UNTIL=99991231",
        "FREQ=DAILY;UNTIL=2027-01-03", "FREQ=DAILY;UNTIL=20270103T250000", "COUNT=3", "", ";",
        "FREQ", "FREQ=", "FREQ=DAILY;;COUNT=3", "FREQ=DAILY;BYDAY=XX;COUNT=3",
        "FREQ=DAILY;BYDAY=;COUNT=3", "FREQ=YEARLY;BYSETPOS=0;COUNT=3", "FREQ=DAILY;WKST=8;COUNT=3",
        "FREQ=YEARLY;BYMONTH=2,,3;COUNT=3", "FREQ=YEARLY;BYMONTH=٢;COUNT=3",
        "FREQ=DAILY;COUNT=3\nEXRULE:FREQ=DAILY", "DTSTART:20270101\nRRULE:FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;COUNT=3;BYDAY=" + "MO," * 200 + "MO",
    ],
)  # fmt: skip
def test_a_rule_that_can_not_be_followed_is_refused(rrule: str) -> None:
    assert refused(series("2027-01-01 08:00", "2027-01-01 09:00", rrule)).rule == "rule"


def test_an_endless_rule_is_not_told_back() -> None:
    endless = "FREQ=DAILY;COUNT=3;" + ";".join(["BYDAY=MO"] * 100_000)
    reason = refused(series("2027-01-01 08:00", "2027-01-01 09:00", endless))
    assert "longer" in str(reason.numbers["problem"])
    assert sum(len(str(value)) for value in reason.numbers.values()) < 500


@pytest.mark.parametrize(
    "rrule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20270201",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;COUNT=500",
        "FREQ=MONTHLY;INTERVAL=9999;BYSETPOS=366;COUNT=9999",
    ],
)
def test_a_rule_that_never_comes_is_refused_after_bounded_work(rrule: str) -> None:
    begun = time.process_time()
    assert refused(series("2027-01-01 08:00", "2027-01-01 09:00", rrule)).rule == "rule"
    assert time.process_time() - begun < BOUNDED_S


def test_a_rule_that_comes_once_in_decades_is_not_followed_to_its_end() -> None:
    rule = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=TU;COUNT=400"
    begun = time.process_time()
    assert refused(series("2028-02-29 08:00", "2028-02-29 09:00", rule)).rule == "too-far"
    assert time.process_time() - begun < 1


def test_a_rule_is_kept_one_way_however_it_was_written() -> None:
    zone = ZoneInfo(BERLIN)
    written = "RRULE:freq=weekly;byday=mo,we;until=20270131;"
    kept = parse_rule(written, zone)
    assert kept == "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270131T225959Z"
    assert parse_rule(kept, zone) == kept


def test_a_kept_series_has_the_windows_of_the_one_it_was() -> None:
    asked = series("2027-01-04 08:00", "2027-01-04 09:00", "freq=weekly;until=20270131")
    assert windows(as_kept(asked)) == windows(asked)


def test_windows_are_listed_from_the_one_that_runs_to_the_one_that_begins_in_time() -> None:
    daily = series("2027-01-01 08:00", "2027-01-01 10:00", "FREQ=DAILY;COUNT=5", "UTC")
    day = datetime(2027, 1, 2, 9, tzinfo=UTC)
    found = windows_between(daily, day, day + timedelta(days=2, hours=-1))
    assert [window.since.day for window in found] == [2, 3]


ZONES = st.sampled_from([BERLIN, SHANGHAI, SANTIAGO, "America/St_Johns", "Australia/Lord_Howe"])
WALLS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)).map(  # noqa: DTZ001 - wall time
    lambda found: found.replace(second=0, microsecond=0)
)


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
