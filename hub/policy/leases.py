"""A lease, a right of one server to named GPU slots, and the states it passes through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from hub.policy.gpus import SlotRange
from hub.units import from_parts


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
    parts: int
    cpus: Fraction
    memory_mib: int
    duration: timedelta
    opened_at: datetime
    active_at: datetime | None = None
    expires_at: datetime | None = None
    closing_at: datetime | None = None
    closed_at: datetime | None = None
    end_reason: EndReason | None = None
    guaranteed_until: datetime | None = None
    """Until when nobody may take it back: `expires_at`, or a loan's minimum run or notice."""
    loan: bool = False
    note: str = ""
    """Why it is still closing, said in words a person can act on; "" when nothing is odd."""
    ticket_id: int | None = None
    offer_until: datetime | None = None
    """Until when it is only an offer for its ticket's owner; None once it is taken."""
    reservation_id: int | None = None
    keep_going: bool = False
    visited_at: datetime | None = None
    """When its owner first opened a server that was started for them in their absence."""
    reclaim_at: datetime | None = None
    """When a loan is taken back; its person had notice of it."""

    @property
    def weighed(self) -> Fraction:
        """What it counts against quotas and in the ledger, in plain whole GPUs."""
        return from_parts(self.parts)
