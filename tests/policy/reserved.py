"""Builders of what is reserved: windows in hours after noon, wishes, and their station."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.reservations import Occurrence
from hub.policy.reserving import Clash, Window, Wish, find_clash
from tests.policy.conftest import NOON, gpu

UTC_ZONE = ZoneInfo("UTC")
GPU = 400
"""The parts of a whole GPU."""


def at(hours: float) -> datetime:
    """Give the moment that many hours after noon."""
    return NOON + timedelta(hours=hours)


def window(since: float, until: float) -> Window:
    """Make a window of hours after noon."""
    return Window(at(since), at(until))


def wish(gpus: float, *windows: Window, account: str = "group:field-lab") -> Wish:
    """Wish for so many GPUs."""
    return Wish(account, int(gpus * GPU), windows)


def reserved(
    gpus: float, since: float, until: float, account: str = "group:visitors"
) -> Occurrence:
    """Make a window that is reserved already."""
    return Occurrence(7, account, int(gpus * GPU), at(since), at(until))


def held(
    number: int, until: float | None, account: str = "site", loan: bool = False, lease: int = 0
) -> list[TakenSlot]:
    """Take the whole GPU of that number until so many hours after noon."""
    end = None if until is None else at(until)
    return [
        TakenSlot(f"GPU-{number}", slot, end, lease or number, number, account, loan)
        for slot in range(4)
    ]


def floor(*slots: Iterable[TakenSlot], **changes: object) -> Floor:
    """Make a station of two GPUs at noon."""
    taken = tuple(slot for group in slots for slot in group)
    plain = Floor(now=NOON, gpus=(gpu(1), gpu(2)), taken=taken, node="local")
    return replace(plain, **changes)  # type: ignore[arg-type]


def clash(station: Floor, wanted: Wish) -> Clash:
    """Find the clash there must be."""
    found = find_clash(station, wanted)
    assert found is not None
    return found
