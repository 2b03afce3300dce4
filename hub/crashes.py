"""Named points at which a process can be made to die at once, for tests of what then is true.

Nothing happens at a point unless it was armed: by `arm`, or by ALLOTMENT_CRASH_AT when the
process starts. A station never sets it.
"""

import os
from collections.abc import Callable

from hub.settings import load_crash_point

STATUS = 137
"""How the process ends: as after kill -9, with nothing flushed and nothing rolled back."""

NAMES = (
    "write.begun",
    "write.before-commit",
    "write.after-commit",
    "lease.opened",
    "lease.server-taken",
    "lease.slots-taken",
    "lease.placed",
    "lease.offer-claimed",
    "lease.activated",
    "lease.visited",
    "lease.switched",
    "lease.extended",
    "lease.shortened",
    "lease.closing",
    "lease.closed",
    "lease.slots-freed",
    "lease.server-freed",
    "lease.noted",
    "loan.promoted",
    "loan.told",
    "ledger.escrow-held",
    "ledger.meter-begun",
    "ledger.meter-moved",
    "ledger.row-written",
    "ledger.day-added",
    "ledger.share-added",
    "ledger.overrun-written",
    "ledger.escrow-freed",
    "ticket.opened",
    "ticket.name-taken",
    "ticket.renewed",
    "ticket.foretold",
    "ticket.offered",
    "ticket.taken",
    "ticket.put-back",
    "ticket.passed",
    "ticket.moved",
    "ticket.judged",
    "ticket.closed",
    "ticket.name-freed",
    "ticket.followed",
    "ticket.due",
    "offer.prolonged",
    "offer.withdrawn",
    "clock.moved",
)
"""Every point there is in the code; tests go through all of them."""

End = Callable[[], object]


def die() -> None:
    """End this process as kill -9 would."""
    os._exit(STATUS)


_armed: dict[str, tuple[int, End]] = {}


def here(name: str) -> None:
    """Die at this point if it is armed and this is the pass that was asked for."""
    if not _armed or name not in _armed:
        return
    times, end = _armed.pop(name)
    if times > 1:
        _armed[name] = (times - 1, end)
    else:
        end()


def arm(name: str, times: int = 1, end: End = die) -> None:
    """Make the `times`-th pass of a point the last; raises ValueError for what is no point.

    `end` is what then happens instead of dying, once: a test may raise, and go on.
    """
    if name not in NAMES:
        raise ValueError(f"{name}: there is no crash point of that name")
    if times < 1:
        raise ValueError(f"{times}: a point is passed once or more often")
    _armed[name] = (times, end)


def disarm() -> None:
    """Arm no point any more."""
    _armed.clear()


def _arm_from_environment() -> None:
    name, _, times = load_crash_point().partition(":")
    if name:
        arm(name, int(times or 1))


_arm_from_environment()
