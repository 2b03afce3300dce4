"""Named points at which a process can be made to die at once, for tests of what then is true.

Nothing happens at a point unless it was armed: by `arm`, or by ALLOTMENT_CRASH_AT when the
process starts. A station never sets it.
"""

import os

from hub.settings import load_crash_point

STATUS = 137
"""How the process ends: as after kill -9, with nothing flushed and nothing rolled back."""

NAMES = (
    "write.begun",
    "write.before-commit",
    "write.after-commit",
    "lease.opened",
    "lease.slots-taken",
    "lease.activated",
    "lease.extended",
    "lease.closing",
    "lease.closed",
    "lease.slots-freed",
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
    "ticket.offered",
    "ticket.put-back",
    "ticket.passed",
    "ticket.moved",
    "ticket.judged",
    "ticket.closed",
    "ticket.name-freed",
)
"""Every point there is in the code; tests go through all of them."""

_armed: dict[str, int] = {}


def here(name: str) -> None:
    """Die at this point if it is armed and this is the pass that was asked for."""
    if not _armed or name not in _armed:
        return
    _armed[name] -= 1
    if _armed[name] == 0:
        os._exit(STATUS)


def arm(name: str, times: int = 1) -> None:
    """Make this process die the `times`-th time it comes to a point; raises ValueError."""
    if name not in NAMES:
        raise ValueError(f"{name}: there is no crash point of that name")
    if times < 1:
        raise ValueError(f"{times}: a point is passed once or more often")
    _armed[name] = times


def _arm_from_environment() -> None:
    name, _, times = load_crash_point().partition(":")
    if name:
        arm(name, int(times or 1))


_arm_from_environment()
