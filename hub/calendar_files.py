"""Calendar files (.ics): events read into reservations.

What a file says of time zones is not believed: a zone is known by its name, or refused.
"""

import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

from hub.calendars import LONGEST, MOST_WINDOWS, check_series
from hub.errors import BadValue
from hub.policy.reasons import YOU, Reason
from hub.policy.reservations import Series
from hub.units import MIB, to_parts
from hub.wall_time import wall_of

MOST_BYTES = MIB
MOST_LINES = 20_000
DEEPEST = 4
LONGEST_TITLE = 200
LONGEST_NAME = 60
"""So much of an event's title names it in a refusal."""

GPUS = "X-ALLOTMENT-GPUS"
"""How many GPUs an event reserves, as our own files say it."""

NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,4})?")
BROKEN = re.compile(r"broken property '([A-Z-]+)'.*: (\S+)$")
NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
TOO_MANY = Reason("reservation", "too-many", {"most": MOST_WINDOWS}, YOU)


class BadCalendar(BadValue):
    """The calendar can't be read."""

    def __init__(self, problem: str | Reason) -> None:
        said = (
            problem.rule
            if isinstance(problem, Reason)
            else NOT_PRINTED.sub(" ", problem)[:200].rstrip(". ")
        )
        super().__init__(said)
        given = problem if isinstance(problem, Reason) else None
        self.reason = given or Reason("reservation", "calendar", {"problem": said}, YOU)


@dataclass(frozen=True)
class Entry:
    """One event of a file: what it reserves, and how many parts if it says."""

    series: Series
    title: str
    parts: int | None


def read_calendar(path: Path, now: datetime, zone: ZoneInfo) -> list[Entry] | Reason:
    """Read a file's events as reservations; raises OSError.

    A file above the limit is not read further than the limit. Times without a zone are the
    station's, `zone`. An event that is altered in places comes as one entry each time it happens.
    """
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        size = max(path.stat().st_size, len(content))
        numbers = {"bytes": size, "most": MOST_BYTES}
        return Reason("reservation", "too-large", numbers, YOU)
    return parse_calendar(content, now, zone)


def parse_calendar(content: bytes, now: datetime, zone: ZoneInfo) -> list[Entry] | Reason:
    """Read the events of a calendar that are not over."""
    try:
        found = list(islice(_entries(_parse(content), now, zone), MOST_WINDOWS + 1))
        if not found:
            raise BadCalendar("every event in it is over")
        return found if len(found) <= MOST_WINDOWS else TOO_MANY
    except BadCalendar as error:
        return error.reason


def _parse(content: bytes) -> Calendar:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadCalendar("it is not text in UTF-8; export it once more as .ics") from None
    _check_whole(text)
    plain = "\r\n".join(_without_zones(text))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a guessed zone's name is still one of a known zone
        try:
            calendar = Calendar.from_ical(plain)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise BadCalendar(_said(error)) from None
    assert isinstance(calendar, Calendar)  # noqa: S101 - for the types: one was asked for
    return calendar


def _check_whole(text: str) -> None:
    """Refuse what is no calendar at all, such as a log-in page that was saved, or is cut off."""
    lines = text.strip().upper()
    if not lines.startswith("BEGIN:VCALENDAR"):
        raise BadCalendar("it is no calendar; an .ics file begins with BEGIN:VCALENDAR")
    if not lines.endswith("END:VCALENDAR"):
        raise BadCalendar("it is cut off; the last line of an .ics file is END:VCALENDAR")


def _said(error: Exception) -> str:
    """Give what the parser says of a line, without what is about its own classes."""
    said = str(error).partition("\n")[0]
    broken = BROKEN.search(said)
    return f"{broken[1]} is {broken[2]}, which can't be read" if broken else said


def _without_zones(text: str) -> Iterator[str]:
    """Give the lines without those that define zones; refuse what is nested or long beyond use."""
    depth, events, zone_at = 0, 0, 0
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise BadCalendar(f"it has more than {MOST_LINES} lines")
    for line in lines:
        word = line.strip().upper()
        if word.startswith("BEGIN:"):
            depth += 1
            events += word == "BEGIN:VEVENT"
            if word == "BEGIN:VTIMEZONE" and not zone_at:
                zone_at = depth
        if depth > DEEPEST or events > MOST_WINDOWS:
            raise BadCalendar(f"it has more than {MOST_WINDOWS} events or nests them")
        if not zone_at and line.strip():
            yield line
        if word.startswith("END:"):
            if depth == zone_at:
                zone_at = 0
            depth -= 1


def _entries(calendar: Calendar, now: datetime, zone: ZoneInfo) -> Iterator[Entry]:
    series: dict[str, list[Event]] = defaultdict(list)
    for number, event in enumerate(calendar.events):
        series[str(event.get("UID", number))].append(event)
    if not series:
        raise BadCalendar("it has no event")
    for events in series.values():
        try:
            yield from _one_series(events, now, zone)
        except BadCalendar as error:
            raise BadCalendar(_in_event(error.reason, events[0])) from None


def _one_series(events: Sequence[Event], now: datetime, zone: ZoneInfo) -> Iterator[Entry]:
    plain = len(events) == 1 and "RDATE" not in events[0]
    if plain and _happens(events[0]):
        yield from _coming([_entry(events[0], zone)], now, zone)
    elif not plain:
        yield from _one_by_one(events, now, zone)


def _in_event(reason: Reason, event: Event) -> Reason:
    """Say in which event of the file the trouble is."""
    name = as_title(str(event.get("SUMMARY", ""))) or as_title(str(event.get("UID", "")))
    return replace(reason, numbers={**reason.numbers, "event": name[:LONGEST_NAME] or "?"})


def _coming(entries: Iterable[Entry], now: datetime, zone: ZoneInfo) -> Iterator[Entry]:
    """Leave out what is over or never happens; refuse the rest of what can't be reserved."""
    for entry in entries:
        found = check_series(entry.series, now, zone)
        if not isinstance(found, Reason):
            yield entry
        elif found.rule not in ("past", "never", "skipped"):
            raise BadCalendar(found)


def _one_by_one(events: Sequence[Event], now: datetime, zone: ZoneInfo) -> Iterator[Entry]:
    """Give each time an event happens that has further dates, or was altered in places."""
    if sum(len(event.rdates) for event in events) > MOST_WINDOWS:
        raise BadCalendar(TOO_MANY)
    calendar = Calendar()
    for event in events:
        if _happens(event) or event.rrules:
            list(_coming([_entry(event, zone)], now, zone))  # refused before it is worked out
        calendar.add_component(event)
    try:
        found = recurring_ical_events.of(calendar).between(now, now + LONGEST)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadCalendar(str(error)) from None
    entries = (_entry(event, zone) for event in found if _happens(event))
    yield from _coming((_once(entry) for entry in entries), now, zone)


def _once(entry: Entry) -> Entry:
    return replace(entry, series=replace(entry.series, rrule=None, excluded=()))


def _happens(event: Event) -> bool:
    return str(event.get("STATUS", "")).upper() != "CANCELLED"


def _entry(event: Event, zone: ZoneInfo) -> Entry:
    since, until, own = _times(event, zone)
    rules = event.rrules
    if len(rules) > 1 or "EXRULE" in event:
        raise BadCalendar("it recurs by more than one rule; write an event for each of them")
    rrule = rules[0].to_ical().decode() if rules else None
    excluded = _excluded(event, since, own) if rules else ()
    title = as_title(str(event.get("SUMMARY", "")))
    return Entry(Series(since, until, own.key, rrule, excluded), title, _gpus(event))


def as_title(text: str) -> str:
    """Give what a title is kept as: one line, not endless, nothing that moves a cursor."""
    return NOT_PRINTED.sub(" ", text).strip()[:LONGEST_TITLE]


def _times(event: Event, zone: ZoneInfo) -> tuple[datetime, datetime, ZoneInfo]:
    try:
        start, end = event.start, event.end
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise BadCalendar(_said(error)) from None
    own = _zone_of(event, start, zone)
    return _wall(start, own), _wall(end, own), own


def _zone_of(event: Event, start: date, zone: ZoneInfo) -> ZoneInfo:
    if not isinstance(start, datetime):
        return zone
    named = event["DTSTART"].params.get("TZID")
    if isinstance(start.tzinfo, ZoneInfo):
        return start.tzinfo
    if start.tzinfo is None and named is None:
        return zone
    if start.tzinfo is not None and start.utcoffset() == timedelta():
        return ZoneInfo("UTC")
    raise BadCalendar(
        f"the zone {str(named)[:80]!r} is not known here; a name such as Europe/Berlin is"
    )


def _wall(when: date, zone: ZoneInfo) -> datetime:
    """Give wall time of the zone: a day begins at midnight."""
    if not isinstance(when, datetime):
        return datetime.combine(when, time())
    return when.replace(fold=0) if when.tzinfo is None else wall_of(when, zone)


def _excluded(event: Event, since: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Give the beginnings at which it does not happen; a whole day names the one of that day."""
    if len(event.exdates) > MOST_WINDOWS:
        raise BadCalendar(TOO_MANY)
    return tuple(
        _wall(when, zone) if isinstance(when, datetime) else datetime.combine(when, since.time())
        for when in event.exdates
    )


def _gpus(event: Event) -> int | None:
    if GPUS not in event:
        return None
    text = str(event[GPUS])
    if not NUMBER.fullmatch(text):
        raise BadCalendar(f"{GPUS} is a number such as 0.5 or 2")
    return to_parts(Fraction(text))
