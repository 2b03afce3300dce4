"""The whole station at one moment: GPUs, who holds their slots, claims on them, and who waits."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from hub.policy.gpus import Gpu, Isolation, TakenSlot
from hub.policy.profiles import Profile
from hub.policy.reservations import Occurrence
from hub.policy.rules import Rules
from hub.policy.tickets import Standing, Ticket


@dataclass(frozen=True)
class Queued:
    """A ticket with what decides its place."""

    ticket: Ticket
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True)
class Floor:
    """One station-wide reading; `queue` holds the waiting tickets in no particular order.

    `guarantees` are in parts of a GPU as set, by account; `demands` the walls that accounts
    demand; `occurrences` the reserved windows that are not over.
    """

    now: datetime
    gpus: tuple[Gpu, ...]
    taken: tuple[TakenSlot, ...]
    node: str
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    guarantees: Mapping[str, int] = field(default_factory=dict)
    demands: Mapping[str, Isolation] = field(default_factory=dict)
    occurrences: tuple[Occurrence, ...] = ()
    queue: tuple[Queued, ...] = ()
    rules: Rules = field(default_factory=Rules)
    image_nodes: frozenset[str] | None = None
    """The nodes that have the image already; None where nobody knows."""

    @cached_property
    def by_uuid(self) -> dict[str, Gpu]:
        """Give every GPU by its UUID."""
        return {gpu.uuid: gpu for gpu in self.gpus}

    @cached_property
    def healthy(self) -> int:
        """Count the parts of all healthy GPUs."""
        return sum(gpu.parts(gpu.slots) for gpu in self.gpus if gpu.health == "ok")

    @cached_property
    def nominal(self) -> int:
        """Count the parts of all GPUs, broken ones too."""
        return sum(gpu.parts(gpu.slots) for gpu in self.gpus)

    @cached_property
    def smallest_slot(self) -> int:
        """Give the parts of the smallest slot there is; 1 without GPUs."""
        return min((gpu.parts(1) for gpu in self.gpus), default=1) or 1

    @cached_property
    def held(self) -> Mapping[str, int]:
        """Sum the parts each account holds, loans left out."""
        return self._sum(loans=False)

    @cached_property
    def lent(self) -> Mapping[str, int]:
        """Sum the parts each account has on loan."""
        return self._sum(loans=True)

    def _sum(self, loans: bool) -> Mapping[str, int]:
        sums: dict[str, int] = defaultdict(int)
        one = {gpu.uuid: gpu.parts(1) for gpu in self.gpus}
        for slot in self.taken:
            if slot.loan is loans:
                sums[slot.account] += one.get(slot.gpu_uuid, 0)
        return sums
