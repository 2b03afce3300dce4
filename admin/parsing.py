"""What people type after an option, read exactly; what can't be read is wrong usage (status 2)."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import typer

from hub.policy.ceilings import ISOLATIONS, WINDOWS, Quota
from hub.units import to_milli

NUMBER = re.compile(r"([0-9]{1,9})(\.[0-9]{1,30})?")
AGO = re.compile(r"([0-9]{1,5})([dhw])")
SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
NONE = "none"


def parse_number(text: str, option: str) -> Fraction:
    """Read a number of at most three decimals that is not negative."""
    if not NUMBER.fullmatch(text):
        raise typer.BadParameter(
            f"{text!r} is not a number from 0 such as 0.5, 2 or 12", param_hint=option
        )
    value = Fraction(text)
    try:
        to_milli(value)
    except ValueError as error:
        raise typer.BadParameter(f"{text}: {error}", param_hint=option) from None
    return value


def parse_whole(text: str, option: str, largest: int = 999_999_999) -> Fraction:
    """Read a whole number that is not negative and not absurd."""
    value = parse_at_most(text, option, largest)
    if value.denominator != 1:
        raise typer.BadParameter(f"{text} is not a whole number", param_hint=option)
    return value


def parse_at_most(text: str, option: str, largest: int) -> Fraction:
    """Read a number that is not negative and not absurd."""
    value = parse_number(text, option)
    if value > largest:
        raise typer.BadParameter(f"{text} is more than {largest}", param_hint=option)
    return value


def parse_budget(text: str, option: str) -> Quota:
    """Read GPU-hours over a calendar window, such as 40/week."""
    number, slash, name = text.partition("/")
    window = next((window for window in WINDOWS if window == name), None)
    if not slash or window is None:
        known = ", ".join(WINDOWS)
        raise typer.BadParameter(
            f"{text!r} is not hours over a window such as 40/week; windows are {known}",
            param_hint=option,
        )
    return Quota(parse_number(number, option), window)


def parse_isolation(text: str, option: str) -> Fraction:
    """Read how strong the wall between shares of a GPU has to be."""
    for place, word in enumerate(ISOLATIONS):
        if text == word:
            return Fraction(place)
    known = ", ".join(reversed(ISOLATIONS))
    raise typer.BadParameter(f"{text!r} is none of {known}", param_hint=option)


def parse_scope(text: str) -> str:
    """Read SCOPE: `site`, `group:NAME`, `course:NAME` or `user:NAME`."""
    kind, colon, name = text.partition(":")
    if text == "site" or (colon and name and kind in ("group", "course", "user")):
        return text
    raise typer.BadParameter(
        f"{text!r} is none of site, group:NAME, course:NAME, user:NAME", param_hint="SCOPE"
    )


def parse_since(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Read a day or time in the station's zone, or a span back from now such as 7d or 12h."""
    ago = AGO.fullmatch(text)
    if ago is not None:
        return now - int(ago[1]) * SPANS[ago[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither a date such as 2026-11-22 nor a span such as 7d",
            param_hint="--since",
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
