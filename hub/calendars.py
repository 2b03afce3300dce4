"""From a reservation as people mean it to its windows in time, or why it can't be one."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from hub.policy.reasons import YOU, Reason
from hub.policy.reservations import Series
from hub.policy.reserving import Window, overlapping
from hub.policy.wording import say_time
from hub.recurrence import BadRule, beginnings, parse_rule
from hub.wall_time import YEARS, moment_of

LONGEST = timedelta(days=731)
"""How far ahead a reservation may end: two years, one of them a leap year."""

MOST_WINDOWS = 500
SHOWN = 100
"""So much of a rule is told again when it is refused."""


def check_series(series: Series, now: datetime, zone: ZoneInfo) -> tuple[Window, ...] | Reason:
    """Give a reservation's windows that are not over, or why it can't be one.

    `zone` is the station's, in which a refusal names times. No more is worked out than shows that
    there are too many.
    """
    absurd = _absurd(series, now, zone)
    if absurd is not None:
        return absurd
    try:
        windows = tuple(_up_to(now + LONGEST, islice(_windows(series), MOST_WINDOWS + 1)))
    except BadRule as error:
        numbers = {"rrule": (series.rrule or "")[:SHOWN], "problem": str(error)}
        return Reason("reservation", "rule", numbers, YOU)
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


def _absurd(series: Series, now: datetime, zone: ZoneInfo) -> Reason | None:
    """Refuse what no clock needs to be asked about."""
    since, until = (wall.isoformat(" ", "minutes") for wall in (series.since, series.until))
    if series.until <= series.since:
        return Reason("reservation", "ends-before", {"since": since, "until": until}, YOU)
    if series.until.year >= YEARS.stop:
        return _too_far(until, now, zone)
    if series.since.year < YEARS.start:
        return _past(since, now, zone)
    return None


def _too_far(until: str, now: datetime, zone: ZoneInfo) -> Reason:
    latest = say_time(now + LONGEST, zone)
    return Reason("reservation", "too-far", {"until": until, "latest": latest}, YOU)


def _past(until: str, now: datetime, zone: ZoneInfo) -> Reason:
    return Reason("reservation", "past", {"until": until, "now": say_time(now, zone)}, YOU)


def _fault(
    series: Series, windows: tuple[Window, ...], now: datetime, zone: ZoneInfo
) -> Reason | None:
    if not windows:
        return _never(series)
    beyond = next((window.until for window in windows if window.until > now + LONGEST), None)
    if beyond is not None:
        return _too_far(say_time(beyond, zone), now, zone)
    if len(windows) > MOST_WINDOWS:
        return Reason("reservation", "too-many", {"most": MOST_WINDOWS}, YOU)
    if windows[-1].until <= now:
        return _past(say_time(windows[-1].until, zone), now, zone)
    clash = overlapping(windows)
    if clash is not None:
        first, second = (say_time(window.since, zone) for window in clash)
        return Reason("reservation", "overlap", {"first": first, "second": second}, YOU)
    return None


def _never(series: Series) -> Reason:
    if series.rrule is not None:
        return Reason("reservation", "never", {"rrule": series.rrule[:SHOWN]}, YOU)
    since, until = (wall.isoformat(" ", "minutes") for wall in (series.since, series.until))
    return Reason("reservation", "skipped", {"since": since, "until": until}, YOU)


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
    zone = ZoneInfo(series.zone)
    length = series.until - series.since
    walls = iter((series.since,))
    if series.rrule is not None:
        walls = beginnings(series.rrule, series.since, zone)
    for since in walls:
        if since not in series.excluded and since.year in YEARS:
            window = Window(moment_of(since, zone), moment_of(since + length, zone))
            if window.since < window.until:
                yield window
