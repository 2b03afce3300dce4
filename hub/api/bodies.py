"""The bodies of requests: strict JSON objects with the keys we know and no others."""

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from hub.errors import BadValue

LARGEST = 4096
MOST_HOURS = 8784
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
"""Before it no time is understood, so that no zone overflows."""

LONGEST_NOTE = 500
LONGEST_NAME = 64
SERVER_NAME = re.compile(r"[a-z](-?[a-z0-9]){0,29}")


class BadBody(BadValue):
    """The body could not be understood."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


def parse_body(body: bytes, known: Collection[str]) -> dict[str, Any]:
    """Read one JSON object; no body is an empty one. Raises BadBody naming the key."""
    if len(body) > LARGEST:
        raise BadBody("body", f"must be at most {LARGEST} bytes")
    if not body.strip():
        return {}
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise BadBody("body", "must be one JSON object in UTF-8") from None
    if not isinstance(found, dict):
        raise BadBody("body", "must be a JSON object")
    for key in found:
        if key not in known:
            names = f"known are {', '.join(known)}" if known else "none is known here"
            raise BadBody(key[:60], f"unknown key; {names}")
    return found


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise BadBody(twin[:60], "given twice")
    return found


def _no_constant(name: str) -> None:
    raise BadBody("body", f"{name} is no JSON number")


def parse_hours(body: dict[str, Any]) -> Fraction:
    """Read `hours`, which must be there."""
    value = body.get("hours")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadBody("hours", "must be a JSON number")
    if isinstance(value, float) and not math.isfinite(value):
        raise BadBody("hours", "must be a finite number")
    if not Fraction(1, 60) <= value <= MOST_HOURS:
        raise BadBody("hours", f"must be at least one minute and at most {MOST_HOURS} h")
    return Fraction(str(value))


def parse_flag(body: dict[str, Any], key: str) -> bool:
    """Read a true or false, which must be there."""
    value = body.get(key)
    if not isinstance(value, bool):
        raise BadBody(key, "must be true or false")
    return value


def parse_position(body: dict[str, Any]) -> int:
    """Read `position`, which must be there; 1 is the first."""
    value = body.get("position")
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise BadBody("position", "must be a whole number from 1")
    return value


def parse_note(body: dict[str, Any]) -> str:
    """Read `note`, which may be left out."""
    value = body.get("note", "")
    if not isinstance(value, str) or len(value) > LONGEST_NOTE:
        raise BadBody("note", f"must be a text of at most {LONGEST_NOTE} characters")
    if not all(char.isprintable() or char in "\n\t" for char in value):
        raise BadBody("note", "must be printable")
    return value.strip()


def parse_person(body: dict[str, Any]) -> str:
    """Read `user`, somebody's name, which must be there."""
    value = body.get("user")
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isprintable():
        raise BadBody("user", f"must be a name of at most {LONGEST_NAME} characters")
    return value


def parse_server(body: dict[str, Any]) -> str:
    """Read `server`, a server's name; left out it is the default one, whose name is empty."""
    value = body.get("server", "")
    if not isinstance(value, str) or len(value) > 30:
        raise BadBody("server", "must be a name of at most 30 characters")
    if value and not SERVER_NAME.fullmatch(value):
        raise BadBody("server", "is a-z first, then a-z, 0-9 and -")
    return value


def parse_moment(body: dict[str, Any], key: str, latest: datetime) -> datetime | None:
    """Read a time with its offset, which may be left out; none so far away that clocks end."""
    value = body.get(key)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadBody(key, "must be a time in ISO 8601") from None
    if found.utcoffset() is None:
        raise BadBody(key, "must have its offset from UTC")
    if not EARLIEST <= found <= latest:
        raise BadBody(key, f"must be no later than {latest:%Y-%m-%d}")
    return found


def parse_choice(arguments: Mapping[str, list[bytes]], key: str, known: Sequence[str]) -> str:
    """Read one word of an address's query; the first known one where it is left out."""
    texts = [value.decode("utf-8", "replace") for value in arguments.get(key, [])]
    if not texts:
        return known[0]
    if len(texts) > 1 or texts[0] not in known:
        raise BadBody(key, f"must be one of {', '.join(known)}")
    return texts[0]


def parse_day(arguments: Mapping[str, list[bytes]], key: str) -> date:
    """Read a day of an address's query; the first there ever was where it is left out."""
    texts = [value.decode("utf-8", "replace") for value in arguments.get(key, [])]
    if not texts:
        return date(1970, 1, 1)
    try:
        return date.fromisoformat(texts[0])
    except ValueError:
        raise BadBody(key, "must be a day such as 2026-11-22") from None


def check_query(arguments: Mapping[str, list[bytes]], known: Collection[str]) -> None:
    """Refuse by name what an address's query does not know."""
    for key in arguments:
        if key not in known and key != "_xsrf":
            raise BadBody(key[:60], "unknown in this address")
