"""Whatever people ask for, a guarantee is returned in time: the real rules on a virtual clock."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policy.amounts import effective_guarantees, promised_at
from hub.policy.floor import Floor
from hub.policy.gpus import Gpu
from hub.policy.leases import Lease
from hub.policy.loans import promotable, to_take_back
from hub.policy.outcomes import Grant
from hub.policy.profiles import Profile
from hub.policy.queueing import next_turn
from hub.policy.returning import loans_to_tell
from hub.policy.rules import Rules
from hub.policy.tickets import Queued, Standing, Ticket
from hub.units import to_parts
from tests.policy.conftest import NOON, gpu
from tests.policy.conftest import lease as plain
from tests.policy.floors import slots_of

ACCOUNTS = ("group:owner", "group:other", "group:borrower")
STEP = timedelta(minutes=5)
RULES = Rules()
LATEST = max(RULES.reclaim_notice, RULES.minimum_run) + STEP


@dataclass(frozen=True)
class Wanted:
    """Somebody asks: so many steps after the one before, on an account, for so much so long."""

    after: int
    account: str
    gpus: Fraction
    hours: int
    preemptible: bool


@dataclass
class Station:
    """Leases and tickets on a virtual clock; whatever closes is gone at once."""

    gpus: tuple[Gpu, ...]
    guarantees: dict[str, int]
    now: datetime = NOON
    leases: dict[int, Lease] = field(default_factory=dict)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    owed_since: dict[int, datetime] = field(default_factory=dict)
    told: dict[int, datetime] = field(default_factory=dict)
    count: int = 0

    @property
    def floor(self) -> Floor:
        """Lay out what is now."""
        taken = slots_of(self.leases.values())
        return Floor(
            now=self.now,
            gpus=self.gpus,
            taken=taken,
            node="local",
            profiles={"notebook": Profile("notebook")},
            guarantees=self.guarantees,
            queue=tuple(Queued(ticket, Standing()) for ticket in self.tickets.values()),
        )

    def ask(self, wanted: Wanted) -> None:
        """Let somebody new take a place in the waiting list."""
        self.count += 1
        self.tickets[self.count] = Ticket(
            id=self.count,
            person_id=self.count,
            user=f"person-{self.count}",
            server="",
            account=wanted.account,
            gpus=wanted.gpus,
            duration=wanted.hours * timedelta(hours=1),
            asked_at=self.now,
            preemptible=wanted.preemptible,
        )

    def work(self) -> None:
        """Do what the steward does, once."""
        for lease in list(self.leases.values()):
            if lease.expires_at is not None and lease.expires_at <= self.now:
                del self.leases[lease.id]
        for lease_id in promotable(self.floor, self.leases.values()):
            self.leases[lease_id] = replace(self.leases[lease_id], loan=False)
        told = loans_to_tell(self.floor, self.leases.values(), lambda _: ())
        for lease_id, at in told.items():
            self.told[lease_id] = self.now
            self.leases[lease_id] = replace(self.leases[lease_id], reclaim_at=at)
        for lease in to_take_back(self.leases.values(), self.now):
            del self.leases[lease.id]
            self._give_place(lease)
        while (turn := next_turn(self.floor, lambda _: ())) is not None:
            self._start(self.tickets.pop(turn.ticket.id), turn.grant)

    def check(self) -> None:
        """Hold what must be true after every step."""
        floor = self.floor
        if promised_at(floor, self.now) > floor.healthy:
            self.owed_since.clear()
        owed = self._owed(floor)
        self.owed_since = {n: self.owed_since.get(n, self.now) for n in owed}
        for ticket_id, since in self.owed_since.items():
            assert self.now - since <= LATEST, self.tickets[ticket_id]
        slots = [(slot.gpu_uuid, slot.slot) for slot in floor.taken]
        assert len(slots) == len(set(slots))

    def _owed(self, floor: Floor) -> list[int]:
        """List who waits within what is owed to their account, whoever of them comes first."""
        left = {
            account: parts - floor.held.get(account, 0)
            for account, parts in effective_guarantees(floor).items()
        }
        found = []
        for queued in floor.line:
            ticket = queued.ticket
            left[ticket.account] = left.get(ticket.account, 0) - to_parts(ticket.gpus)
            if left[ticket.account] >= 0:
                found.append(ticket.id)
        return found

    def _start(self, ticket: Ticket, grant: Grant) -> None:
        self.leases[ticket.id] = plain(
            ticket.id,
            person_id=ticket.person_id,
            account=ticket.account,
            slots=grant.placement.slots,
            share=ticket.gpus,
            parts=grant.placement.parts,
            duration=ticket.duration,
            opened_at=self.now,
            active_at=self.now,
            expires_at=self.now + ticket.duration,
            loan=grant.loan,
        )

    def _give_place(self, lease: Lease) -> None:
        assert lease.active_at is not None
        assert lease.expires_at is not None
        assert self.now - self.told[lease.id] >= RULES.reclaim_notice
        assert self.now - lease.active_at >= RULES.minimum_run
        left = Wanted(0, lease.account, lease.share, 1, preemptible=True)
        self.ask(left)
        again = self.tickets[self.count]
        self.tickets[self.count] = replace(
            again, asked_at=lease.opened_at, duration=lease.expires_at - self.now
        )


def wishes(shares: list[Fraction]) -> st.SearchStrategy[Wanted]:
    """Draw what the owner asks for in slots, and the others in any of these shares."""
    times, hours, lent = st.integers(0, 8), st.integers(1, 5), st.integers(0, 3).map(bool)
    owner = st.builds(
        Wanted, times, st.just(ACCOUNTS[0]), st.just(Fraction(1, 4)), hours, preemptible=lent
    )
    other = st.builds(
        Wanted, times, st.sampled_from(ACCOUNTS[1:]), st.sampled_from(shares), hours, lent
    )
    return st.one_of(owner, other)


def run(station: Station, wanted: list[Wanted]) -> None:
    """Let people ask, and look after every step until long after the last of them did."""
    for one in wanted:
        for _ in range(one.after):
            station.work()
            station.check()
            station.now += STEP
        station.ask(one)
    for _ in range(20):
        station.work()
        station.check()
        station.now += STEP


@settings(max_examples=120, deadline=None)
@given(
    st.lists(wishes([Fraction(1, 4), Fraction(1, 2), Fraction(1)]), max_size=25),
    st.integers(0, 8),
)
def test_nobody_owed_slots_waits_longer_than_notice_or_minimum_run(
    wanted: list[Wanted], quarters: int
) -> None:
    run(Station((gpu(1), gpu(2)), {ACCOUNTS[0]: 100 * quarters}), wanted)


@settings(max_examples=60, deadline=None)
@given(st.lists(wishes([Fraction(1)]), max_size=20), st.integers(0, 2), st.integers(0, 1))
def test_nobody_owed_whole_gpus_waits_longer_where_all_are_dealt_whole(
    wanted: list[Wanted], first: int, second: int
) -> None:
    whole = [replace(one, gpus=Fraction(1)) for one in wanted]
    gpus = tuple(gpu(n, slots=1) for n in (1, 2, 3))
    run(Station(gpus, {ACCOUNTS[0]: 400 * first, ACCOUNTS[1]: 400 * second}), whole)


@pytest.mark.parametrize("hours", [1, 5])
def test_a_station_full_of_loans_gives_all_of_a_guarantee_back(hours: int) -> None:
    station = Station((gpu(1), gpu(2)), {ACCOUNTS[0]: 800})
    for _ in range(8):
        station.ask(Wanted(0, ACCOUNTS[2], Fraction(1, 4), hours, preemptible=True))
    station.work()
    assert all(lease.loan for lease in station.leases.values())
    assert len(station.leases) == 8
    station.now += timedelta(minutes=25)
    mine = [Wanted(0, ACCOUNTS[0], Fraction(1), 1, preemptible=False)] * 2
    for one in mine:
        station.ask(one)
    for _ in range(3):
        station.work()
        station.now += STEP
    assert {lease.account for lease in station.leases.values()} == {ACCOUNTS[0]}
