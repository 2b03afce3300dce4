"""From a reservation as people mean it to its windows in time; works a bounded amount, or refuses.

Wall time holds across clock changes: an hour that is skipped gives its first valid minute, one
that is repeated the first of the two.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import MAXYEAR, UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from hub.errors import BadValue
from hub.policy.reasons import YOU, Reason
from hub.policy.reservations import Series
from hub.policy.reserving import Window, overlapping
from hub.policy.wording import say_time

LONGEST = timedelta(days=731)
"""How far ahead a reservation may end: two years, one of them a leap year."""

MOST_WINDOWS = 500
LONGEST_RULE = 300
YEARS = range(1971, 2400)
"""Outside of these nothing is turned into a moment, so that no zone overflows."""

CYCLE = 400
"""After so many years the calendar repeats, weekdays and all."""

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS_OF_A_RULE = (
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"),
    *("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"),
)
PART = re.compile(r"([A-Z]{4,10})=([A-Z0-9+,-]{1,200})")
WHOLE = re.compile(r"[1-9][0-9]{0,3}")
UNTIL = re.compile(r"([0-9]{8})(T([0-9]{6})(Z?))?")


class BadRule(BadValue):
    """That rule can't be followed here."""


def check_series(series: Series, now: datetime, zone: ZoneInfo) -> tuple[Window, ...] | Reason:
    """Give a reservation's windows that are not over, or why it can't be one.

    `zone` is the station's, in which a refusal names times.
    """
    try:
        windows = tuple(_up_to(now + LONGEST, islice(_windows(series), MOST_WINDOWS + 1)))
    except BadRule as error:
        return Reason(
            "reservation", "rule", {"rrule": series.rrule or "", "problem": str(error)}, YOU
        )
    return _fault(series, windows, now, zone) or _coming(windows, now)


def windows_between(series: Series, since: datetime, until: datetime) -> list[Window]:
    """List an accepted reservation's windows that begin before `until` and end after `since`."""
    found: list[Window] = []
    for window in islice(_windows(series), MOST_WINDOWS):
        if window.since >= until:
            break
        if window.until > since:
            found.append(window)
    return found


def first_window(series: Series) -> Window:
    """Give the first window of an accepted reservation, whether or not it is excluded."""
    zone = ZoneInfo(series.zone)
    return Window(moment_of(series.since, zone), moment_of(series.until, zone))


def as_kept(series: Series) -> Series:
    """Give an accepted series with its rule written the one way it is kept."""
    if series.rrule is None:
        return series
    return replace(series, rrule=parse_rule(series.rrule, ZoneInfo(series.zone)))


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment, in UTC, at which clocks in a zone show a time that has no offset."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall.replace(fold=0):
        return moment
    return _first_valid(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment, zone)


def wall_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give what clocks in a zone show at a moment, without an offset."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def parse_rule(text: str, zone: ZoneInfo) -> str:
    """Check a rule and write it the one way it is kept: upper case, its end in UTC.

    Raises BadRule, for one that recurs for ever or more often than daily too.
    """
    parts = _parts(text)
    if parts.get("FREQ") not in FREQUENCIES:
        raise BadRule(f"FREQ is one of {', '.join(FREQUENCIES)}")
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise BadRule("it recurs for ever unless it has COUNT or UNTIL, one of them")
    for name in ("INTERVAL", "COUNT"):
        if name in parts and not WHOLE.fullmatch(parts[name]):
            raise BadRule(f"{name} is a whole number from 1 to 9999")
    if "UNTIL" in parts:
        parts["UNTIL"] = _until_in_utc(parts["UNTIL"], zone)
    return _written(parts)


def _fault(
    series: Series, windows: tuple[Window, ...], now: datetime, zone: ZoneInfo
) -> Reason | None:
    if series.until <= series.since:
        since, until = (f"{wall:%Y-%m-%d %H:%M}" for wall in (series.since, series.until))
        return Reason("reservation", "ends-before", {"since": since, "until": until}, YOU)
    if not windows:
        return Reason("reservation", "never", {"rrule": series.rrule or ""}, YOU)
    latest = now + LONGEST
    beyond = next((window.until for window in windows if window.until > latest), None)
    if beyond is not None:
        until, most = say_time(beyond, zone), say_time(latest, zone)
        return Reason("reservation", "too-far", {"until": until, "latest": most}, YOU)
    if len(windows) > MOST_WINDOWS:
        return Reason("reservation", "too-many", {"most": MOST_WINDOWS}, YOU)
    if windows[-1].until <= now:
        return Reason(
            "reservation",
            "past",
            {"until": say_time(windows[-1].until, zone), "now": say_time(now, zone)},
            YOU,
        )
    clash = overlapping(windows)
    if clash is not None:
        first, second = (say_time(window.since, zone) for window in clash)
        return Reason("reservation", "overlap", {"first": first, "second": second}, YOU)
    return None


def _coming(windows: tuple[Window, ...], now: datetime) -> tuple[Window, ...]:
    return tuple(window for window in windows if window.until > now)


def _up_to(latest: datetime, windows: Iterable[Window]) -> Iterator[Window]:
    """Give the windows to the first that ends too late, that one too."""
    for window in windows:
        yield window
        if window.until > latest:
            return


def _windows(series: Series) -> Iterator[Window]:
    """Give the windows one after the other; a window wholly in a skipped hour does not happen."""
    if series.since.year not in YEARS or series.until.year not in YEARS:
        raise BadRule(f"years are from {YEARS.start} to {YEARS.stop - 1}")
    zone = ZoneInfo(series.zone)
    length = series.until - series.since
    for since in _beginnings(series, zone):
        if since not in series.excluded and since.year in YEARS:
            window = Window(moment_of(since, zone), moment_of(since + length, zone))
            if window.since < window.until:
                yield window


def _beginnings(series: Series, zone: ZoneInfo) -> Iterator[datetime]:
    if series.rrule is None:
        yield series.since
        return
    parts = _parts_in_wall_time(series.rrule, zone)
    try:
        if not _gives_first(parts, series.since):
            raise BadRule("the first window is not one of those it gives")
        yield from rrulestr(_written(parts), dtstart=series.since)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BadRule(str(error)) from None


def _gives_first(parts: dict[str, str], since: datetime) -> bool:
    """Say whether a rule begins where its first window does.

    Asked of the same day as late as there are years, for the calendar repeats after 400: one that
    never comes is looked for to the last year there is.
    """
    late = since.replace(year=since.year + (MAXYEAR - since.year) // CYCLE * CYCLE)
    endless = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
    return next(iter(rrulestr(_written(endless), dtstart=late)), None) == late


def _parts_in_wall_time(rule: str, zone: ZoneInfo) -> dict[str, str]:
    parts = _parts(parse_rule(rule, zone))
    if "UNTIL" in parts:
        moment = datetime.strptime(parts["UNTIL"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        parts["UNTIL"] = f"{wall_of(moment, zone):%Y%m%dT%H%M%S}"
    return parts


def _written(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _until_in_utc(text: str, zone: ZoneInfo) -> str:
    """Read UNTIL as a day (all of it), wall time of the zone, or UTC; give it in UTC."""
    found = UNTIL.fullmatch(text)
    if found is None or int(text[:4]) not in YEARS:
        raise BadRule("UNTIL is a day such as 20270131 or a time such as 20270131T170000Z")
    try:
        wall = datetime.strptime(f"{found[1]}T{found[3] or '235959'}", "%Y%m%dT%H%M%S")  # noqa: DTZ007 - wall time
    except ValueError:
        raise BadRule(f"UNTIL {text} is no day or time") from None
    moment = wall.replace(tzinfo=UTC) if found[4] else moment_of(wall, zone)
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _parts(text: str) -> dict[str, str]:
    rule = text.strip().upper().removeprefix("RRULE:").rstrip(";")
    if len(rule) > LONGEST_RULE:
        raise BadRule(f"it is longer than {LONGEST_RULE} letters")
    parts: dict[str, str] = {}
    for part in rule.split(";"):
        found = PART.fullmatch(part)
        if found is None:
            raise BadRule(f"{part[:40]!r} is not of the form NAME=VALUE")
        if found[1] not in PARTS_OF_A_RULE:
            raise BadRule(f"{found[1]} is not known here")
        if found[1] in parts:
            raise BadRule(f"{found[1]} stands in it twice")
        parts[found[1]] = found[2]
    return parts


def _first_valid(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the minute in which clocks jumped, which lies between these two moments."""
    offset = after.astimezone(zone).utcoffset()
    minutes = (after - before) // timedelta(minutes=1)
    low, high = 0, minutes
    while low < high:
        middle = (low + high) // 2
        if (before + timedelta(minutes=middle)).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle + 1
    return (before + timedelta(minutes=low)).replace(second=0, microsecond=0)
