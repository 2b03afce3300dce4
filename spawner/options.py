"""What came in a form or a JSON body -> SpawnRequest; everything untrusted ends here."""

import math
from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any, Literal

from hub.errors import BadValue
from hub.policy.profiles import DEFAULT
from hub.policy.requests import SpawnRequest

KEYS = ("profile", "gpus", "hours", "group", "preemptible", "if_busy")
PAGES_OWN = frozenset({"_xsrf", "next"})
"""Fields of a form that are the page's, not the person's."""

MOST_GPUS = 1024
MOST_HOURS = 8784
MOST_DECIMALS = 1000


class BadRequest(BadValue):
    """The request could not be understood."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


def parse(options: Any) -> SpawnRequest:
    """Check the options of a start, whoever sent them; raises BadRequest naming the key."""
    if options is None:
        options = {}
    if not isinstance(options, Mapping):
        raise BadRequest("user_options", "must be a JSON object")
    for key in options:
        if key not in KEYS:
            raise BadRequest(str(key)[:60], f"unknown key; known are {', '.join(KEYS)}")
    return SpawnRequest(
        profile=_name(options, "profile") or DEFAULT,
        gpus=_gpus(options.get("gpus", 0)),
        duration=_duration(options["hours"]) if "hours" in options else None,
        group=_name(options, "group"),
        preemptible=_flag(options, "preemptible", True),
        if_busy=_if_busy(options.get("if_busy", "refuse")),
    )


def from_form(form: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Turn the start page's fields into the same options a JSON body would carry.

    What is no number stays text, a field given twice a list, and a key unknown here unknown:
    all of them are refused by `parse` with the key's name.
    """
    options: dict[str, Any] = {}
    for key in form.keys() - PAGES_OWN:
        values = [text for text in map(_text, form[key]) if text]
        if len(values) == 1:
            options[key] = _number(values[0]) if key in ("gpus", "hours") else values[0]
        elif values or key not in KEYS:
            options[key] = values
    if "preemptible" in options:
        options["preemptible"] = options["preemptible"] in ("1", "true", "on")
    options.setdefault("if_busy", "wait")
    return options


def _gpus(value: Any) -> Fraction:
    share = _positive("gpus", value, MOST_GPUS)
    if share > 1 and share.denominator != 1:
        raise BadRequest("gpus", "above 1 only whole GPUs can be had")
    return share


def _duration(value: Any) -> timedelta:
    hours = _positive("hours", value, MOST_HOURS)
    if hours < Fraction(1, 60):
        raise BadRequest("hours", "must be at least one minute")
    return timedelta(hours=float(hours))


def _positive(key: str, value: Any, most: int) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequest(key, "must be a JSON number")
    if isinstance(value, float) and not math.isfinite(value):
        raise BadRequest(key, "must be a finite number")
    if value < 0:
        raise BadRequest(key, "must not be negative")
    if value > most:
        raise BadRequest(key, f"must be at most {most}")
    exact = Fraction(str(value))
    if exact.denominator > MOST_DECIMALS:
        raise BadRequest(key, "at most three decimals")
    return exact


def _name(options: Mapping[str, Any], key: str) -> str | None:
    value = options.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isprintable():
        raise BadRequest(key, "must be a name of at most 64 characters")
    return value


def _flag(options: Mapping[str, Any], key: str, default: bool) -> bool:
    value = options.get(key, default)
    if not isinstance(value, bool):
        raise BadRequest(key, "must be true or false")
    return value


def _if_busy(value: Any) -> Literal["refuse", "wait"]:
    if value == "refuse":
        return "refuse"
    if value == "wait":
        return "wait"
    raise BadRequest("if_busy", 'must be "refuse" or "wait"')


def _text(value: Any) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text.strip()


def _number(text: str) -> int | float | str:
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if math.isfinite(value) and value == int(value) else value
