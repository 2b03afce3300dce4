"""Accounts and times of reservations as people type them; else it is wrong usage (status 2)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import typer

KINDS = ("group", "course")


def parse_account(text: str) -> str:
    """Read ACCOUNT: `group:NAME` or `course:NAME`."""
    kind, _, name = text.partition(":")
    if kind in KINDS and name:
        return text
    raise typer.BadParameter(f"{text!r} is not group:NAME or course:NAME", param_hint="ACCOUNT")


def parse_wall(text: str, option: str, zone: ZoneInfo) -> datetime:
    """Read a day or time and give what clocks in `zone` show then, without an offset.

    A time without an offset is the zone's already.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a time such as 2026-11-22T14:00", param_hint=option
        ) from None
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(zone)
        except OverflowError:
            raise typer.BadParameter(f"{text!r} is too far away", param_hint=option) from None
    return moment.replace(tzinfo=None, fold=0, microsecond=0)
