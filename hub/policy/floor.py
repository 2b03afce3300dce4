"""The whole station at one moment: GPUs, who holds their slots, claims on them, and who waits."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from hub.policy.board import Board, lay_out
from hub.policy.coming import Endings
from hub.policy.gpus import STRENGTH, Gpu, Isolation, TakenSlot
from hub.policy.magnet import Windows
from hub.policy.order import Key, arrange, order_key
from hub.policy.placement import Sharing
from hub.policy.profiles import Profile
from hub.policy.reservations import Occurrence
from hub.policy.rules import Rules
from hub.policy.tickets import Queued, Ticket
from hub.policy.wishes import Asker, Wish, wish_of


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
    servers: Mapping[str, int] = field(default_factory=dict)
    """How many servers each account runs, CPU servers too."""
    rules: Rules = field(default_factory=Rules)
    image_nodes: frozenset[str] | None = None
    """The nodes that have the image already; None where nobody knows."""

    @cached_property
    def wishes(self) -> Sequence[Wish]:
        """List what those who wait ask for, in their order; not those whose profile is gone."""
        return [
            wish_of(ticket, profile, self.sharing(ticket))
            for ticket in map(self._drawn, self.line)
            if (profile := self.profiles.get(ticket.profile)) is not None
        ]

    def _drawn(self, queued: Queued) -> Ticket:
        """Give a ticket on the account of the reservation that it would draw on now."""
        ticket = queued.ticket
        profile = self.profiles.get(ticket.profile)
        account = self.windows.account_for(queued.groups, profile, ticket.gpus)
        return ticket if account is None else replace(ticket, account=account)

    @cached_property
    def windows(self) -> Windows:
        """Give the reserved windows with what is held of them."""
        return Windows(self.now, self.occurrences, self.held, self.gpus)

    def sharing(self, whom: Ticket | Asker) -> Sharing:
        """Say with whom a person on an account may share GPUs here."""
        site: Isolation = self.demands.get("site", "soft")
        return Sharing(
            person_id=whom.person_id,
            demand=self.demands.get(whom.account, site),
            demands=self.demanded,
            image_nodes=self.image_nodes,
        )

    @cached_property
    def line(self) -> Sequence[Queued]:
        """Put those who wait in the order in which they are served."""
        return arrange(self.queue, self.now, self.rules)

    def key_of(self, ticket_id: int) -> Key:
        """Give the key that decides a ticket's place."""
        return self._keys[ticket_id]

    @cached_property
    def _keys(self) -> Mapping[int, Key]:
        return {
            q.ticket.id: order_key(q.standing, q.ticket.asked_at, q.ticket.id, self.now, self.rules)
            for q in self.queue
        }

    @cached_property
    def by_uuid(self) -> dict[str, Gpu]:
        """Give every GPU by its UUID."""
        return {gpu.uuid: gpu for gpu in self.gpus}

    @cached_property
    def known(self) -> dict[Hashable, Any]:
        """Keep what was worked out of this floor, by name; the floor itself never changes."""
        return {}

    @cached_property
    def board(self) -> Board:
        """Lay out what is free now; to be copied before anything is taken on it."""
        return lay_out(self.gpus, self.taken)

    @cached_property
    def _slots_by_gpu(self) -> Mapping[str, list[TakenSlot]]:
        slots: dict[str, list[TakenSlot]] = defaultdict(list)
        for slot in self.taken:
            slots[slot.gpu_uuid].append(slot)
        return slots

    def slots_on(self, uuid: str) -> Sequence[TakenSlot]:
        """List the taken slots of a GPU."""
        return self._slots_by_gpu.get(uuid, ())

    @cached_property
    def endings(self) -> Endings:
        """Give when slots come free, GPU by GPU."""
        return Endings(self.gpus, self.taken, self.now)

    @cached_property
    def ends_of_promises(self) -> Sequence[tuple[datetime, str, int]]:
        """List when how many parts of which account come free, loans left out, soonest first."""
        one = self.slot_parts
        return sorted(
            (slot.until, slot.account, one.get(slot.gpu_uuid, 0))
            for slot in self.taken
            if slot.until is not None and not slot.loan
        )

    @cached_property
    def slot_parts(self) -> Mapping[str, int]:
        """Give the parts of one slot of each GPU."""
        return {gpu.uuid: gpu.parts(1) for gpu in self.gpus}

    @cached_property
    def demanded(self) -> Mapping[str, Isolation]:
        """Give for a GPU the strongest wall that the accounts of its holders demand."""
        if not any(demand != "soft" for demand in self.demands.values()):
            return {}
        site = self.demands.get("site", "soft")
        return {
            uuid: max((self.demands.get(s.account, site) for s in held), key=STRENGTH.__getitem__)
            for uuid, held in self._slots_by_gpu.items()
        }

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
        one = self.slot_parts
        for slot in self.taken:
            if slot.loan is loans:
                sums[slot.account] += one.get(slot.gpu_uuid, 0)
        return sums
