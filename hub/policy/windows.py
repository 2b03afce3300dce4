"""Calendar days and windows in the station's zone, over clock changes too; reads no clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.policy.ceilings import Window

ONE_DAY = timedelta(days=1)


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """Give the moment a day begins, in UTC; a midnight that is skipped begins at the skip."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """Give the day a moment belongs to.

    Where clocks go back over midnight the new day has begun, whatever the wall shows again.
    """
    day = moment.astimezone(zone).date()
    return day + ONE_DAY if begin_of(day + ONE_DAY, zone) <= moment else day


def first_day(window: Window, day: date) -> date:
    """Give the first day of the window that holds a day; a week begins on Monday."""
    return _FIRST[window](day)


def last_day(window: Window, day: date) -> date:
    """Give the last day of the window that holds a day."""
    return _NEXT[window](first_day(window, day)) - ONE_DAY


def renews_at(window: Window, day: date, zone: ZoneInfo) -> datetime:
    """Give the moment the window after the one that holds a day begins, in UTC."""
    return begin_of(last_day(window, day) + ONE_DAY, zone)


def split_by_day(
    since: datetime, until: datetime, zone: ZoneInfo
) -> tuple[tuple[date, timedelta], ...]:
    """Split a span into its days; the parts sum to the span exactly, none of them is empty."""
    parts: list[tuple[date, timedelta]] = []
    while since < until:
        day = day_of(since, zone)
        end = min(begin_of(day + ONE_DAY, zone), until)
        parts.append((day, end - since))
        since = end
    return tuple(parts)


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


_FIRST: dict[Window, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}

_NEXT: dict[Window, Callable[[date], date]] = {
    "day": lambda first: first + ONE_DAY,
    "week": lambda first: first + timedelta(weeks=1),
    "month": _next_month,
    "year": lambda first: first.replace(year=first.year + 1),
}
