"""What clocks on the wall show, in a zone that changes them, and the moments that is.

Wall time holds across clock changes: an hour that is skipped gives its first valid minute, one
that is repeated the first of the two.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

YEARS = range(1971, 2400)
"""Outside of these nothing is turned into a moment, so that no zone overflows."""


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment, in UTC, at which clocks in a zone show a time that has no offset."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall.replace(fold=0):
        return moment
    return _first_valid(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment, zone)


def wall_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give what clocks in a zone show at a moment, without an offset."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


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
