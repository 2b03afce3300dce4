"""What a lease's server does on its GPUs, and whether keep going extends it.

Only work that was measured keeps a server going. What nobody could measure is never called idle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from hub.policy.leases import Lease, State
from hub.policy.reasons import YOU, Reason

WINDOW = timedelta(minutes=15)
"""Work goes on while any was measured within this time: a pause, or a gap in the samples, of less
costs nobody a night's training."""

BEFORE_END = timedelta(minutes=31)
"""Keep going looks this long before the end: a minute before the first notice would be given."""

AT_A_TIME = timedelta(hours=1)

Doing = Literal["busy", "idle", "unmeasured"]


@dataclass(frozen=True)
class Sample:
    """One look at a lease's work; None where nobody can tell."""

    lease_id: int
    utilisation: int | None
    memory_mib: int | None
    working: bool | None


@dataclass(frozen=True)
class Work:
    """The newest sample in which it could be told; `busy_at` is when work was last measured."""

    sampled_at: datetime
    busy_at: datetime | None
    utilisation: int | None
    memory_mib: int | None


def at_work(utilisation: int | None, processes: int = 0, memory_mib: int | None = None) -> bool:
    """Say whether a GPU works, of which it is known who is on it.

    Its utilisation decides; where that is not told, as of MIG slices, a process that holds memory
    of it, or of which nobody says how much it holds.
    """
    if utilisation is not None:
        return utilisation > 0
    return processes > 0 and memory_mib != 0


def at_work_in_all(parts: Iterable[bool | None]) -> bool | None:
    """Say whether several GPUs work; work on one is work, and None is where it can't be told."""
    found = list(parts)
    if any(found):
        return True
    return None if None in found else False


def doing(work: Work | None, now: datetime) -> Doing:
    """Say whether a lease's GPUs work: idle only when that was seen within the window."""
    if work is not None and work.busy_at is not None and now - work.busy_at <= WINDOW:
        return "busy"
    if work is not None and now - work.sampled_at <= WINDOW:
        return "idle"
    return "unmeasured"


def keeps_going(leases: Iterable[Lease], works: dict[int, Work], now: datetime) -> list[Lease]:
    """List the leases that keep going asks an extension for now."""
    return [
        lease
        for lease in leases
        if lease.keep_going
        and lease.state is State.ACTIVE
        and lease.parts
        and lease.expires_at is not None
        and now < lease.expires_at <= now + BEFORE_END
        and doing(works.get(lease.id), now) == "busy"
    ]


def not_at_work(work: Work | None, now: datetime) -> Reason | None:
    """Say why a server is not kept going whatever its quotas; None where it is at work."""
    minutes = WINDOW // timedelta(minutes=1)
    found = doing(work, now)
    if found == "idle":
        return Reason("extension", "idle", {"minutes": minutes}, YOU)
    if found == "unmeasured":
        return Reason("extension", "unmeasured", {"minutes": minutes}, YOU)
    return None
