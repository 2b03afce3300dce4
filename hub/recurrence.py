"""Rules by which something recurs (RRULE): daily or more rarely, and never for ever.

What a rule costs to follow is bounded before it is followed.
"""

import re
from collections.abc import Iterator
from datetime import MAXYEAR, UTC, datetime
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from hub.errors import BadValue
from hub.wall_time import YEARS, moment_of, wall_of

LONGEST_RULE = 300
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


def parse_rule(text: str, zone: ZoneInfo) -> str:
    """Check a rule and write it the one way it is kept: upper case, its end in UTC.

    Raises BadRule, for one that recurs for ever or more often than daily too.
    """
    parts = _parts(text)
    if parts.get("FREQ") not in FREQUENCIES:
        raise BadRule(f"FREQ is one of {', '.join(FREQUENCIES)}")
    if "COUNT" not in parts and "UNTIL" not in parts:
        raise BadRule("it recurs for ever; add COUNT=10 or UNTIL=20270131 to it")
    if "COUNT" in parts and "UNTIL" in parts:
        raise BadRule("it has both COUNT and UNTIL; leave one of them out")
    for name in ("INTERVAL", "COUNT"):
        if name in parts and not WHOLE.fullmatch(parts[name]):
            raise BadRule(f"{name} is a whole number from 1 to 9999")
    if "UNTIL" in parts:
        parts["UNTIL"] = _until_in_utc(parts["UNTIL"], zone)
    return _written(parts)


def beginnings(rule: str, first: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Give the wall times at which a rule has it begin; `first` must be one; raises BadRule."""
    parts = _parts_in_wall_time(rule, zone)
    try:
        if not _gives_first(parts, first):
            raise BadRule("the first window is not one of those it gives; begin on a day it names")
        yield from rrulestr(_written(parts), dtstart=first)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BadRule(str(error)[:LONGEST_RULE]) from None


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
