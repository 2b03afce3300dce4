"""A ticket, somebody's place in the waiting list, and the order in which tickets are served."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from hub.policy.profiles import DEFAULT
from hub.policy.reasons import Reason
from hub.policy.requests import SpawnRequest


class TicketState(StrEnum):
    """waiting <-> offered -> served; or cancelled by somebody, or lapsed, its offer untaken."""

    WAITING = "waiting"
    OFFERED = "offered"
    SERVED = "served"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


OPEN = (TicketState.WAITING, TicketState.OFFERED)


@dataclass(frozen=True)
class Ticket:
    """One place in the waiting list; it belongs to a person's server name.

    `asked_at` is the time it counts from, kept through offers that came to nothing. `lease_id`
    is the offer while it is offered and the lease it was served with afterwards.
    """

    id: int
    person_id: int
    user: str
    server: str
    account: str
    gpus: Fraction
    duration: timedelta
    asked_at: datetime
    profile: str = DEFAULT
    preemptible: bool = True
    auto_start: bool = True
    not_before: datetime | None = None
    state: TicketState = TicketState.WAITING
    lease_id: int | None = None
    passes: int = 0
    """How many offers its owner let pass."""
    ahead_of: int | None = None
    """The ticket directly before which an administrator moved it."""
    behind: int | None = None
    """The ticket directly behind which it was put when its offer was not taken."""
    hindered: bool = False
    """Whether its owner's own ceiling or budget stood in the way when it was last judged."""
    position: int = 0
    earliest: datetime | None = None
    latest: datetime | None = None
    reason: Reason | None = None
    judged_at: datetime | None = None

    def request(self) -> SpawnRequest:
        """Give what it asks for."""
        return SpawnRequest(
            profile=self.profile,
            gpus=self.gpus,
            duration=self.duration,
            group=self.account.removeprefix("group:") if ":" in self.account else None,
            preemptible=self.preemptible,
            if_busy="wait",
        )


@dataclass(frozen=True)
class Standing:
    """What else decides a ticket's place: its account's priority and its person's usage.

    `usage` is the person's charges, halved every 7 days of age and running leases to now, over
    what all GPUs could give in 7 days.
    """

    priority: int = 5
    usage: float = 0.0


@dataclass(frozen=True)
class Queued:
    """A ticket with what decides its place."""

    ticket: Ticket
    standing: Standing = field(default_factory=Standing)
    groups: tuple[str, ...] = ()
    """The groups of its person; only looked at while a reserved window is on."""
