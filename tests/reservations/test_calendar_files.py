"""Calendar files: what is read, what is refused, and that ours come back as they were."""

import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from hub.calendar_export import write_calendar
from hub.calendar_files import MOST_BYTES, Entry, parse_calendar, read_calendar
from hub.calendars import as_kept, check_series
from hub.policy.reasons import Reason
from hub.policy.reservations import Reservation, Series

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PLAIN = "DTSTART:20270104T080000\nDTEND:20270104T100000\n"
BOUNDED_S = 15


def wall(text: str) -> datetime:
    """Read wall time."""
    return datetime.fromisoformat(text)


def event(lines: str = PLAIN, uid: str = "one") -> str:
    """Write one event."""
    return f"BEGIN:VEVENT\nUID:{uid}\n{lines}END:VEVENT\n"


def calendar(*events: str) -> bytes:
    """Write a calendar."""
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{''.join(events)}END:VCALENDAR\n".encode()


def entries(*events: str) -> list[Entry]:
    """Read what must be accepted."""
    found = parse_calendar(calendar(*events), NOON, BERLIN)
    assert not isinstance(found, Reason), found
    return found


def refused(content: bytes) -> Reason:
    """Give why it is refused."""
    found = parse_calendar(content, NOON, BERLIN)
    assert isinstance(found, Reason), found
    return found


def test_an_event_without_a_zone_is_in_the_stations() -> None:
    (entry,) = entries(event("SUMMARY:Soil course\n" + PLAIN))
    expected = Series(wall("2027-01-04 08:00"), wall("2027-01-04 10:00"), "Europe/Berlin")
    assert entry == Entry(expected, "Soil course", None)


@pytest.mark.parametrize(
    ("lines", "zone", "since", "until"),
    [
        ("DTSTART:20270104T080000Z\nDTEND:20270104T090000Z\n", "UTC", "08:00", "09:00"),
        ("DTSTART;TZID=Asia/Shanghai:20270104T080000\nDURATION:PT90M\n", "Asia/Shanghai",
         "08:00", "09:30"),
        ("DTSTART;TZID=Asia/Shanghai:20270104T080000\nDTEND:20270104T010000Z\n", "Asia/Shanghai",
         "08:00", "09:00"),
        ("DTSTART;TZID=/mozilla.org/2005/Europe/Berlin:20270104T080000\nDURATION:PT1H\n",
         "Europe/Berlin", "08:00", "09:00"),
        ("DTSTART;TZID=China Standard Time:20270104T080000\nDURATION:PT1H\n", "Asia/Shanghai",
         "08:00", "09:00"),
    ],
)  # fmt: skip
def test_an_event_keeps_its_own_zone(lines: str, zone: str, since: str, until: str) -> None:
    (entry,) = entries(event(lines))
    expected = Series(wall(f"2027-01-04 {since}"), wall(f"2027-01-04 {until}"), zone)
    assert entry.series == expected


def test_a_day_is_from_midnight_to_midnight_of_the_station() -> None:
    (entry,) = entries(event("DTSTART;VALUE=DATE:20270328\n"))
    assert entry.series == Series(wall("2027-03-28"), wall("2027-03-29"), "Europe/Berlin")
    (window,) = check_series(entry.series, NOON, BERLIN)  # type: ignore[misc]
    assert (window.until - window.since).total_seconds() == 23 * 3600


def test_a_rule_and_its_exceptions_are_kept_as_one_reservation() -> None:
    lines = "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE:20270111T080000\nEXDATE;VALUE=DATE:20270118\n"
    (entry,) = entries(event(PLAIN + lines))
    assert entry.series.rrule == "FREQ=WEEKLY;COUNT=4"
    assert entry.series.excluded == (wall("2027-01-11 08:00"), wall("2027-01-18 08:00"))


def test_an_event_altered_in_places_comes_once_for_each_time() -> None:
    moved = "RECURRENCE-ID:20270111T080000\nDTSTART:20270111T140000\nDTEND:20270111T150000\n"
    gone = "RECURRENCE-ID:20270118T080000\nDTSTART:20270118T080000\nSTATUS:CANCELLED\n"
    found = entries(
        event(PLAIN + "RRULE:FREQ=WEEKLY;COUNT=4\n"), event(moved), event(gone), event(uid="two")
    )
    assert [entry.series.since for entry in found] == [
        wall("2027-01-04 08:00"),
        wall("2027-01-11 14:00"),
        wall("2027-01-25 08:00"),
        wall("2027-01-04 08:00"),
    ]
    assert {entry.series.rrule for entry in found} == {None}


def test_further_dates_of_an_event_are_read() -> None:
    found = entries(event(PLAIN + "RDATE:20270106T080000,20270107T090000\n"))
    assert [f"{entry.series.since:%d %H}" for entry in found] == ["04 08", "06 08", "07 09"]


def test_events_that_are_over_or_cancelled_are_left_out() -> None:
    over = "DTSTART:20260104T080000\nDTEND:20260104T100000\n"
    found = entries(event(over, "a"), event(PLAIN + "STATUS:CANCELLED\n", "b"), event(uid="c"))
    assert len(found) == 1
    assert "over" in str(refused(calendar(event(over))).numbers["problem"])


def test_an_event_may_say_how_many_gpus() -> None:
    (entry,) = entries(event(PLAIN + "X-ALLOTMENT-GPUS:0.5\n"))
    assert entry.parts == 200


def test_a_title_is_one_line_and_not_endless() -> None:
    (entry,) = entries(event(PLAIN + "SUMMARY:a\\nb" + "c" * 500 + "\n"))
    assert (entry.title[:3], len(entry.title)) == ("a b", 200)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "calendar"),
        (b"hello\n", "calendar"),
        (b"\x89PNG\r\n\x1a\n\0\0", "calendar"),
        ("BEGIN:VCALENDAR\n".encode("utf-16"), "calendar"),
        (calendar(), "calendar"),
        (calendar() + calendar(event()), "calendar"),
        (calendar(event(""))[:-14], "calendar"),
        (calendar(event("")), "calendar"),
        (calendar(event("DTSTART:20271399T080000\nDURATION:PT1H\n")), "calendar"),
        (calendar(event("DTSTART:20270104T080000\nDTEND;VALUE=DATE:20270105\n")), "calendar"),
        (calendar(event("DTSTART;TZID=Nowhere/Land:20270104T080000\nDURATION:PT1H\n")), "calendar"),
        (calendar(event(PLAIN + "DURATION:PT1H\n")), "calendar"),
        (calendar(event(PLAIN + "X-ALLOTMENT-GPUS:-1\n")), "calendar"),
        (calendar(event(PLAIN + "X-ALLOTMENT-GPUS:all\n")), "calendar"),
        (calendar(event(PLAIN + "EXRULE:FREQ=DAILY;COUNT=1\n")), "calendar"),
        (calendar(event(PLAIN + "RRULE:FREQ=DAILY;COUNT=1\nRRULE:FREQ=DAILY;COUNT=2\n")),
         "calendar"),
        (calendar(event("DTSTART:20270104T080000\nDTEND:20270104T070000\n")), "ends-before"),
        (calendar(event("DTSTART:20270104T080000\nDURATION:-PT1H\n")), "ends-before"),
        (calendar(event("DTSTART:20310104T080000\nDURATION:PT1H\n")), "too-far"),
        (calendar(event(PLAIN + "RRULE:FREQ=WEEKLY\n")), "rule"),
        (calendar(event(PLAIN + "RRULE:FREQ=SECONDLY;COUNT=9\n")), "rule"),
        (calendar(event(PLAIN + "RRULE:FREQ=DAILY;COUNT=501\n")), "too-many"),
        (calendar(event(PLAIN + "RRULE:FREQ=DAILY;COUNT=501\n"), event(PLAIN)), "too-many"),
        (calendar(event(PLAIN + "RRULE:FREQ=SECONDLY\nRDATE:20270105T080000\n")), "rule"),
        (calendar(event(PLAIN + "RDATE:" + ",".join(["20270104T080000"] * 501) + "\n")),
         "too-many"),
        (calendar(event(PLAIN + "RRULE:FREQ=DAILY;COUNT=3\nEXDATE:"
                        + ",".join(["20270105T080000"] * 501) + "\n")), "too-many"),
    ],
)  # fmt: skip
def test_what_is_no_calendar_of_reservations_is_refused_with_the_rule(
    content: bytes, rule: str
) -> None:
    assert (refused(content).code, refused(content).rule) == ("reservation", rule)


def test_a_file_above_the_limit_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.ics"
    with file.open("wb") as content:
        content.truncate(50_000_000)
    tracemalloc.start()
    try:
        found = read_calendar(file, NOON, BERLIN)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3 * MOST_BYTES
    assert isinstance(found, Reason)
    assert (found.rule, found.numbers) == ("too-large", {"bytes": 50_000_000, "most": MOST_BYTES})


def test_a_file_at_the_limit_is_read(tmp_path: Path) -> None:
    file = tmp_path / "just.ics"
    content = calendar(event())
    file.write_bytes(content + b" " * (MOST_BYTES - len(content)))
    found = read_calendar(file, NOON, BERLIN)
    assert not isinstance(found, Reason)
    assert len(found) == 1


FLOODS = {
    "events": event() * 12_000,
    "lines": event(PLAIN + "X-A:1\n" * 19_000),
    "properties": event(PLAIN + "X-A:1\n" * 120_000),
    "folds": event(PLAIN + "X-A:1\n" + " a\n" * 200_000),
    "parameters": event(PLAIN + "ATTENDEE" + ";A=B" * 200_000 + ":x\n"),
    "nesting": "BEGIN:VEVENT\n" * 60_000,
    "alarms": event(PLAIN + "BEGIN:VALARM\nEND:VALARM\n" * 30_000),
    "rules": event(PLAIN + "RRULE:FREQ=DAILY;COUNT=3\n" * 30_000),
    "days": event(PLAIN + "RRULE:FREQ=DAILY;COUNT=3;BYDAY=" + "MO," * 250_000 + "MO\n"),
    "dates": event(PLAIN + "RDATE:" + ",".join(["20270104T080000"] * 50_000) + "\n"),
    "exceptions": event(
        PLAIN + "RRULE:FREQ=DAILY;COUNT=3\nEXDATE:" + ",".join(["20270104T080000"] * 50_000) + "\n"
    ),
    "zones": "BEGIN:VTIMEZONE\nTZID:A\n"
    + "BEGIN:STANDARD\nDTSTART:16010101T000000\nRRULE:FREQ=SECONDLY\nEND:STANDARD\n" * 10_000
    + "END:VTIMEZONE\n"
    + event(),
}


@pytest.mark.parametrize("name", ["events", "properties", "folds", "nesting", "alarms", "rules"])
def test_a_flood_of_lines_is_refused_before_it_is_read(name: str) -> None:
    begun = time.process_time()
    assert "lines" in str(refused(calendar(FLOODS[name])).numbers["problem"])
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("lines", [event() * 501, "BEGIN:VEVENT\n" * 5 + "END:VEVENT\n" * 5])
def test_too_many_events_and_nested_ones_are_refused(lines: str) -> None:
    assert "nests" in str(refused(calendar(lines)).numbers["problem"])


@pytest.mark.parametrize("name", FLOODS)
def test_a_hostile_calendar_costs_a_bounded_amount(name: str) -> None:
    content = calendar(FLOODS[name])
    assert len(content) <= MOST_BYTES
    begun = time.process_time()
    parse_calendar(content, NOON, BERLIN)
    assert time.process_time() - begun < BOUNDED_S


def test_zones_a_file_defines_are_not_believed() -> None:
    lie = (
        "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:+0900\nTZOFFSETTO:+0900\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    (entry,) = entries(lie, event("DTSTART;TZID=Europe/Berlin:20270104T080000\nDURATION:PT1H\n"))
    (window,) = check_series(entry.series, NOON, BERLIN)  # type: ignore[misc]
    assert window.since == datetime(2027, 1, 4, 7, tzinfo=UTC)


def test_a_zone_that_only_the_file_knows_is_refused() -> None:
    own = (
        "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:+0000\nTZOFFSETTO:+0000\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    reason = refused(calendar(own, event("DTSTART;TZID=Mine:20270104T080000\nDURATION:PT1H\n")))
    assert reason.numbers == {"problem": "the zone 'Mine' is not known here"}


def reservation(series: Series, parts: int = 200, title: str = "Soil; course, 2") -> Reservation:
    """Make a reservation as it is kept."""
    return Reservation(1, "group:field-lab", parts, as_kept(series), title)


def come_back(*kept: Reservation) -> list[Entry] | Reason:
    """Write reservations, and read what was written."""
    return parse_calendar(write_calendar(kept, "0a1b2c3d", NOON).encode(), NOON, BERLIN)


def test_what_is_written_is_a_calendar_others_can_read() -> None:
    weekly = Series(
        wall("2027-01-04 08:00"), wall("2027-01-04 10:00"), "Europe/Berlin",
        "FREQ=WEEKLY;COUNT=3", (wall("2027-01-11 08:00"),),
    )  # fmt: skip
    text = write_calendar([reservation(weekly)], "0a1b2c3d", NOON)
    assert max(map(len, text.encode().split(b"\r\n"))) <= 75
    read = Calendar.from_ical(text)
    (found,) = read.events
    assert (read["VERSION"], "PRODID" in read, len(read.timezones)) == ("2.0", True, 1)
    assert str(found["UID"]) == "reservation-1@0a1b2c3d.allotment"
    assert found["DTSTAMP"].dt == NOON
    assert found.start == datetime(2027, 1, 4, 8, tzinfo=BERLIN)


def test_an_account_without_reservations_is_an_empty_calendar() -> None:
    assert Calendar.from_ical(write_calendar([], "0a1b2c3d", NOON)).events == []


def test_a_first_window_in_a_skipped_hour_comes_back_as_it_was() -> None:
    kept = reservation(
        Series(wall("2027-03-28 02:30"), wall("2027-03-28 04:00"), "Europe/Berlin",
               "FREQ=DAILY;COUNT=2")
    )  # fmt: skip
    (entry,) = come_back(kept)  # type: ignore[misc]
    assert entry == Entry(kept.series, kept.title, kept.parts)


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai", "America/Santiago"])
TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)


@st.composite
def kept_reservations(draw: st.DrawFn) -> Reservation | None:
    """Draw a reservation; None for one that would be refused."""
    days = st.datetimes(datetime(2026, 12, 1), datetime(2028, 1, 1))  # noqa: DTZ001 - wall time
    since = draw(days).replace(second=0, microsecond=0)
    hour, minute = divmod(draw(st.integers(1, 23 * 60)), 60)
    freq = draw(st.sampled_from([None, "DAILY", "WEEKLY", "MONTHLY"]))
    end = draw(st.sampled_from(["UNTIL=20280301", "COUNT=9"]))
    rule = None if freq is None else f"FREQ={freq};{end}"
    wanted = Series(since, since.replace(hour=hour, minute=minute), draw(ZONES), rule)
    if isinstance(check_series(wanted, NOON, BERLIN), Reason):
        return None
    return reservation(wanted, draw(st.integers(1, 40_000)), draw(TITLES).strip())


@settings(max_examples=200, deadline=None)
@given(kept_reservations())
def test_what_is_accepted_comes_back_from_its_file_as_it_was(kept: Reservation | None) -> None:
    if kept is not None:
        assert come_back(kept) == [Entry(kept.series, kept.title, kept.parts)]
