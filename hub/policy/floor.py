"""The whole station at one moment: GPUs, who holds their slots, claims on them, and who waits."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from hub.policy.board import Board
from hub.policy.coming import Endings
from hub.policy.fleet import Fleet
from hub.policy.gpus import STRENGTH, Gpu, Isolation, TakenSlot
from hub.policy.holdings import Holdings
from hub.policy.magnet import Windows
from hub.policy.order import Key, keys_of, put_in_order
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
    reading: Holdings | None = field(default=None, compare=False, repr=False)
    """What follows of `gpus` and `taken`, where it was worked out already; of others nothing."""

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
        if not self.occurrences:
            return ticket
        profile = self.profiles.get(ticket.profile)
        account = self.windows.account_for(queued.groups, profile, ticket.gpus)
        return ticket if account is None else replace(ticket, account=account)

    @cached_property
    def windows(self) -> Windows:
        """Give the reserved windows with what is held of them."""
        return Windows(self.now, self.occurrences, self.held, self.gpus)

    def sharing(self, whom: Ticket | Asker) -> Sharing:
        """Say with whom a person on an account may share GPUs here."""
        if not self._walls:
            return self._with_anybody
        site: Isolation = self.demands.get("site", "soft")
        return Sharing(
            person_id=whom.person_id,
            demand=self.demands.get(whom.account, site),
            demands=self.demanded,
            image_nodes=self.image_nodes,
        )

    @cached_property
    def _walls(self) -> bool:
        """Say whether any account demands more than what every GPU has."""
        return any(demand != "soft" for demand in self.demands.values())

    @cached_property
    def _with_anybody(self) -> Sharing:
        return Sharing(image_nodes=self.image_nodes)

    @cached_property
    def line(self) -> Sequence[Queued]:
        """Put those who wait in the order in which they are served."""
        return put_in_order(self.queue, self._keys)

    def key_of(self, ticket_id: int) -> Key:
        """Give the key that decides a ticket's place."""
        return self._keys[ticket_id]

    @cached_property
    def _keys(self) -> Mapping[int, Key]:
        return keys_of(self.queue, self.now, self.rules)

    @cached_property
    def holdings(self) -> Holdings:
        """Give who holds what, and all that follows of it."""
        known = self.reading
        if known is not None and known.taken is self.taken and known.fleet.gpus is self.gpus:
            return known
        return Holdings.of(Fleet(self.gpus), self.taken)

    def holding(self, holdings: Holdings) -> "Floor":
        """Give the same floor with others holding its slots."""
        return replace(self, taken=holdings.taken, reading=holdings)

    @property
    def by_uuid(self) -> Mapping[str, Gpu]:
        """Give every GPU by its UUID."""
        return self.holdings.fleet.by_uuid

    @cached_property
    def known(self) -> dict[Hashable, Any]:
        """Keep what was worked out of this floor, by name; the floor itself never changes."""
        return {}

    @property
    def board(self) -> Board:
        """Lay out what is free now; to be copied before anything is taken on it."""
        return self.holdings.board

    def slots_on(self, uuid: str) -> Sequence[TakenSlot]:
        """List the taken slots of a GPU."""
        return self.holdings.on(uuid)

    @property
    def endings(self) -> Endings:
        """Give when slots come free, GPU by GPU."""
        return self.holdings.endings

    @cached_property
    def demanded(self) -> Mapping[str, Isolation]:
        """Give for a GPU the strongest wall that the accounts of its holders demand."""
        if not self._walls:
            return {}
        site = self.demands.get("site", "soft")
        return {
            uuid: max((self.demands.get(s.account, site) for s in held), key=STRENGTH.__getitem__)
            for uuid, held in self.holdings.by_gpu.items()
        }

    @property
    def healthy(self) -> int:
        """Count the parts of all healthy GPUs."""
        return self.holdings.fleet.healthy

    @property
    def nominal(self) -> int:
        """Count the parts of all GPUs, broken ones too."""
        return self.holdings.fleet.nominal

    @property
    def slot_parts(self) -> Mapping[str, int]:
        """Give the parts of one slot of each GPU."""
        return self.holdings.fleet.slot_parts

    @property
    def smallest_slot(self) -> int:
        """Give the parts of the smallest slot there is; 1 without GPUs."""
        return self.holdings.fleet.smallest_slot

    @property
    def held(self) -> Mapping[str, int]:
        """Sum the parts each account holds, loans left out."""
        return self.holdings.held

    @property
    def lent(self) -> Mapping[str, int]:
        """Sum the parts each account has on loan."""
        return self.holdings.lent
