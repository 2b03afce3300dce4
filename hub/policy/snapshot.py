"""Everything one decision looks at, taken in one short read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.policy.budgets import Sums
from hub.policy.ceilings import Ceilings
from hub.policy.floor import Floor
from hub.policy.gpus import Gpu, TakenSlot
from hub.policy.leases import Lease
from hub.policy.people import Person
from hub.policy.profiles import Profile
from hub.policy.reasons import Reason
from hub.policy.tickets import Standing, Ticket


@dataclass(frozen=True)
class Snapshot:
    """One person's view of the floor.

    `own` are their open leases, `obstacles` what else forbids a start just now, `sums` what was
    used of budgets, by scope and day; `ticket` is the open ticket of this server, if it has one.
    """

    floor: Floor
    person: Person
    server: str
    ceilings: Ceilings
    own: tuple[Lease, ...]
    default_duration: timedelta = timedelta(hours=4)
    obstacles: tuple[Reason, ...] = ()
    sums: Sums = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    ticket: Ticket | None = None
    elsewhere: tuple[Ticket, ...] = ()
    """Their open tickets for other servers."""
    standings: Mapping[str, Standing] = field(default_factory=dict)
    """What decides their place if they wait, by account."""

    @property
    def now(self) -> datetime:
        """Give the moment it was taken."""
        return self.floor.now

    @property
    def gpus(self) -> tuple[Gpu, ...]:
        """Give the GPUs of the station."""
        return self.floor.gpus

    @property
    def taken(self) -> tuple[TakenSlot, ...]:
        """Give the slots under lease."""
        return self.floor.taken

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """Give the entries of the start menu."""
        return self.floor.profiles

    @property
    def node(self) -> str:
        """Give the node of a server without a GPU."""
        return self.floor.node
