"""Calendar files that are too much: refused before they cost anything."""

import time
import tracemalloc
from pathlib import Path

import pytest

from hub.calendar_files import MOST_BYTES, parse_calendar, read_calendar
from hub.policy.reasons import Reason
from tests.reservations.ics import BERLIN, PLAIN, calendar, event, refused
from tests.reservations.series import NOON

BOUNDED_S = 15


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
