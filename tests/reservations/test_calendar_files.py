"""Calendar files others write: what is read, and what is refused."""

from datetime import UTC, datetime

import pytest

from hub.calendar_files import Entry
from hub.calendars import check_series
from hub.policy.reservations import Series
from hub.policy.wording import say
from tests.reservations.ics import BERLIN, PLAIN, calendar, entries, event, refused
from tests.reservations.series import NOON, wall


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
    assert "the zone 'Mine' is not known here" in str(reason.numbers["problem"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is no calendar; an .ics file begins with BEGIN:VCALENDAR"),
        (b"<html><body>Log in</body></html>", "it is no calendar; an .ics file begins"),
        (bytes(range(256)), "it is not text in UTF-8; export it once more"),
        ("Ökologie".encode("latin-1"), "it is not text in UTF-8; export it once more"),
        (calendar(event())[:-14], "it is cut off; the last line of an .ics file is END:VCALENDAR"),
        (calendar(event("SUMMARY:Soil\n")), "In the event “Soil”: The calendar can't be read: No"),
        (calendar(event("SUMMARY:Soil\nDTSTART:20270231T100000\nDURATION:PT1H\n")),
         "In the event “Soil”: The calendar can't be read: DTSTART is 20270231T100000, which"),
        (calendar(event(PLAIN), event("DTSTART:20270104T080000\nDTEND:20270104T070000\n", "b")),
         "In the event “b”: It ends (2027-01-04 07:00) before it begins"),
        (calendar(event(PLAIN + "RRULE:FREQ=DAILY\n")), "it recurs for ever; add COUNT=10"),
        (calendar(event(PLAIN + "RRULE:FREQ=SECONDLY;COUNT=9\n")), "FREQ is one of DAILY, WEEKLY"),
        (calendar(event(PLAIN + "RRULE:FREQ=DAILY;COUNT=9\n" * 2)), "an event for each of them"),
        (calendar(event(PLAIN + "RRULE:FREQ=DAILY;COUNT=501\n")), "reserve a shorter span of time"),
    ],
)  # fmt: skip
def test_a_refusal_says_which_event_and_what_to_do(content: bytes, said: str) -> None:
    assert said in say(refused(content), "en", BERLIN)
    assert "{" not in say(refused(content), "zh", BERLIN)
