"""A lease, a right of one server to named GPU slots, and the states it passes through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from hub.policy.gpus import SlotRange


class State(StrEnum):
    """held (opened, not answering yet) -> active -> closing -> closed."""

    HELD = "held"
    ACTIVE = "active"
    CLOSING = "closing"
    CLOSED = "closed"


class EndReason(StrEnum):
    """What ended a lease."""

    RELEASE = "release"
    EXPIRE = "expire"
    RECLAIM = "reclaim"
    REVOKE = "revoke"
    CULL = "cull"
    UNCLAIMED = "unclaimed"
    POWER = "power"
    FAULT = "fault"


@dataclass(frozen=True)
class Lease:
    """One lease as stored; a CPU server's has no slots. `server` is "" for the default server."""

    id: int
    person_id: int
    user: str
    server: str
    account: str
    profile: str
    state: State
    node: str
    slots: tuple[SlotRange, ...]
    share: Fraction
    weighed: Fraction
    cpus: Fraction
    memory_mib: int
    duration: timedelta
    opened_at: datetime
    active_at: datetime | None = None
    expires_at: datetime | None = None
    closing_at: datetime | None = None
    closed_at: datetime | None = None
    end_reason: EndReason | None = None
    loan: bool = False
    note: str = ""
    """Why it is still closing, said in words a person can act on; "" when nothing is odd."""

    @property
    def guaranteed_until(self) -> datetime | None:
        """Until when nobody may take it back; a loan's would be earlier."""
        return None if self.loan else self.expires_at


def charge_ms(lease: Lease, until: datetime) -> int:
    """Count the weighted GPU-milliseconds used from the first answer to `until`.

    Nothing is charged past its expiry, nor once its stop was acknowledged, however long the
    stop takes. A lease that never answered costs nothing.
    """
    if lease.active_at is None or lease.expires_at is None:
        return 0
    end = min(time for time in (until, lease.expires_at, lease.closing_at) if time is not None)
    span = max(end - lease.active_at, timedelta())
    return int(lease.weighed * (span // timedelta(milliseconds=1)))


def escrow_ms(lease: Lease) -> int:
    """Count the weighted GPU-milliseconds this lease could cost at most."""
    return int(lease.weighed * (lease.duration // timedelta(milliseconds=1)))
