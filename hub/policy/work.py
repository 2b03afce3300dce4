"""What a lease's server does on its GPUs, and whether keep going extends it.

Unknown is not idle: a slice, of which the driver tells no utilisation, is never called idle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from hub.policy.leases import Lease, State

FRESH = timedelta(minutes=2)
"""A sample older than this says nothing about now."""

WINDOW = timedelta(minutes=10)
"""Work counts as going on while any was measured within this time."""

BEFORE_END = timedelta(minutes=31)
"""Keep going looks this long before the end: a minute before the first notice would be given."""

AT_A_TIME = timedelta(hours=1)

Doing = Literal["busy", "idle", "unknown"]


@dataclass(frozen=True)
class Sample:
    """One look at a lease's work; None where nobody can tell."""

    lease_id: int
    utilisation: int | None
    memory_mib: int | None


@dataclass(frozen=True)
class Work:
    """The newest sample; `busy_at` is when work was last measured, or could not be ruled out."""

    sampled_at: datetime
    busy_at: datetime | None
    utilisation: int | None
    memory_mib: int | None


def doing(work: Work | None, now: datetime) -> Doing:
    """Say whether a lease's GPUs work: idle only when that was seen all through the window."""
    if work is None or now - work.sampled_at > FRESH:
        return "unknown"
    if work.utilisation is None:
        return "unknown"
    if work.utilisation > 0 or (work.busy_at is not None and now - work.busy_at <= WINDOW):
        return "busy"
    return "idle"


def keeps_going(leases: Iterable[Lease], works: dict[int, Work], now: datetime) -> list[Lease]:
    """List the leases that keep going asks an extension for now.

    Of one without a fresh sample nobody can tell, and one is waited for until shortly before the
    end.
    """
    return [
        lease
        for lease in leases
        if lease.keep_going
        and lease.state is State.ACTIVE
        and lease.parts
        and lease.expires_at is not None
        and now < lease.expires_at <= now + BEFORE_END
        and _may_work(works.get(lease.id), lease.expires_at, now)
    ]


def _may_work(work: Work | None, end: datetime, now: datetime) -> bool:
    """Say whether it works, or nobody can tell; what was not looked at lately can wait."""
    if work is None or now - work.sampled_at > FRESH:
        return end - now <= FRESH
    return doing(work, now) != "idle"
