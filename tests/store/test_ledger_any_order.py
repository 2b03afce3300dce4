"""Whatever happens in whatever order, the books agree: charged once, held exactly, never less."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from hub.clock import BootTime
from hub.policy.gpus import Gpu, SlotRange
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Grant, Placement
from hub.policy.people import Person
from hub.policy.profiles import Profile
from hub.policy.requests import SpawnRequest
from hub.store import clocks, leases, ledger
from hub.store.database import Database
from hub.store.gpus import replace_node
from hub.store.leases import NewLease
from hub.store.people import add_group
from hub.store.schema import leases as lease_rows
from hub.units import hours
from tests.store.books import check_agreement
from tests.store.conftest import NOON, add

ZONE = ZoneInfo("Asia/Shanghai")
PARTS = (0, 14, 57, 100, 400, 801)
"""Without a GPU, slices, a quarter, a whole GPU, and more than two."""

MOST_OPEN = 4


class Crash(Exception):
    """The process died before its transaction was over."""


@dataclass
class World:
    """One station whose clocks and machines do what they like."""

    database: Database
    people: list[Person] = field(default_factory=list)
    now: datetime = NOON
    boot_s: float = 5000.0
    boots: int = 0
    seen: bool = True
    opened: int = 0

    @property
    def boot(self) -> BootTime:
        """Give the boot time."""
        return BootTime(f"boot-{self.boots}", self.boot_s)

    def wait(self, ms: int) -> None:
        """Let time pass."""
        self.now += timedelta(milliseconds=ms)
        self.boot_s += ms / 1000

    def open(self, db: Connection, number: int) -> None:
        """Open a lease of some size on some account."""
        if len(leases.load_open(db)) >= MOST_OPEN:
            return
        self.opened += 1
        account = ("site", "group:field-lab")[number % 2]
        slots = (SlotRange("GPU-a", (self.opened,)),)
        grant = Grant(Placement("local", slots, PARTS[number % len(PARTS)]), hours(4), account)
        new = NewLease(
            self.people[number % 2], f"s{self.opened}", SpawnRequest(), Profile("notebook"), grant
        )
        leases.open_lease(db, new, self.now, ZONE)

    def activate(self, db: Connection, number: int) -> None:
        """Let a server answer."""
        for lease in self._pick(db, number, State.HELD):
            leases.activate(db, lease.id, self.now, self.boot, ZONE)

    def tick(self, db: Connection, number: int) -> None:
        """Charge a running lease."""
        for lease in self._pick(db, number, State.ACTIVE, State.CLOSING):
            if lease.parts and lease.active_at is not None:
                ledger.tick(db, lease, self.now, self.boot, ZONE)

    def extend(self, db: Connection, number: int) -> None:
        """Give a running lease an hour more."""
        for lease in self._pick(db, number, State.ACTIVE):
            if lease.expires_at is None:
                continue
            until = lease.expires_at + timedelta(hours=1)
            db.execute(
                update(lease_rows).where(lease_rows.c.id == lease.id).values(expires_at=until)
            )
            ledger.ensure_escrow(db, leases.load_lease(db, lease.id), ZONE)

    def stop(self, db: Connection, number: int) -> None:
        """Begin to end a lease."""
        for lease in self._pick(db, number, State.HELD, State.ACTIVE):
            leases.begin_closing(db, lease.id, EndReason.RELEASE, self.now)

    def gone(self, db: Connection, number: int) -> None:
        """See that a container is gone."""
        for lease in self._pick(db, number, State.CLOSING):
            leases.finish_closing(db, lease.id, self.now, self.boot, ZONE)

    def set_clock(self, db: Connection, number: int) -> None:
        """Set the wall clock up to two hours either way; times move with it."""
        step = timedelta(minutes=number * 10 - 120)
        self.now += step
        clocks.move_times(db, step)

    def set_clock_unseen(self, db: Connection, number: int) -> None:
        """Set the wall clock, and nobody notices."""
        self.now += timedelta(minutes=number * 10 - 120)

    def reboot(self, db: Connection, number: int) -> None:
        """Start the machine anew."""
        self.boots += 1
        self.boot_s = 10.0
        self.now += timedelta(minutes=number)

    def lose_gpu(self, db: Connection, number: int) -> None:
        """Lose the GPU or find it again."""
        gpu = Gpu("GPU-a", "Test GPU", "local", "Test GPU", 16384, 4)
        lost = replace(gpu, health="unknown")
        replace_node(db, "local", [lost if number % 2 else gpu], self.now)

    def _pick(self, db: Connection, number: int, *states: State) -> list[Lease]:
        found = [lease for lease in leases.load_open(db) if lease.state in states]
        return [found[number % len(found)]] if found else []


STEPS = (
    World.open,
    World.activate,
    World.tick,
    World.extend,
    World.stop,
    World.gone,
    World.set_clock,
    World.set_clock_unseen,
    World.reboot,
    World.lose_gpu,
)

steps = st.lists(
    st.tuples(
        st.sampled_from((*STEPS, World.tick, World.tick, World.open, World.activate)),
        st.integers(0, 24),
        st.integers(0, 3 * 3_600_000),
        st.booleans(),
    ),
    max_size=30,
)


@pytest.fixture
def people(database: Database) -> list[Person]:
    """Two people and a group."""
    with database.write() as db:
        add_group(db, "field-lab", NOON)
        return [add(db, "ann"), add(db, "bob")]


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_the_books_agree_in_any_order_at_any_pace_through_crashes_and_set_clocks(
    database: Database, people: list[Person], steps: list
) -> None:
    world = World(database, people)
    for step, number, pause_ms, dies in steps:
        world.wait(pause_ms)
        try:
            with database.write() as db:
                step(world, db, number)
                if dies:
                    raise Crash
        except Crash:
            pass
        with database.read() as db:
            check_agreement(db)
    end_all(world)


def end_all(world: World) -> None:
    """Close everything, and hold that nothing is held any more."""
    with world.database.write() as db:
        for lease in leases.load_open(db):
            leases.begin_closing(db, lease.id, EndReason.RELEASE, world.now)
            leases.finish_closing(db, lease.id, world.now, world.boot, ZONE)
        check_agreement(db)
        assert not any(lease.state is not State.CLOSED for lease in leases.load_all(db))
