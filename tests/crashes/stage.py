"""A small busy station for crash tests: two simulated GPUs, a cast, and a machine that is faked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from hub.closing import Closer
from hub.engine.facts import Container, Listed
from hub.gpus.facts import GpuFact, Inventory
from hub.house import House, make_house
from hub.hubapi import HubServer, StartAnswer
from hub.inventory import build_gpu
from hub.policy.ceilings import Quota
from hub.policy.leases import State
from hub.settings import GpusSection
from hub.steward.__main__ import DUTIES
from hub.steward.office import Office
from hub.store import ceilings, leases, people
from hub.store.gpus import replace_node
from hub.store.people import NewPerson
from tests.boots import boot_at
from tests.databases import settings_on
from tests.houses import make_station

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GPUS = tuple(
    GpuFact(f"GPU-sim-{name}", "Simulated GPU", "local", 16384, simulated=True) for name in "ab"
)
CAST = {"ann": "field-lab", "bob": "field-lab", "charlie": "visitors"}
QUOTAS = {"gpus": 2, "servers": 3, "lease_hours": 8, "lease_hours_total": 72}


def minutes(number: float) -> datetime:
    """Give a time so many minutes after noon."""
    return NOON + timedelta(minutes=number)


def open_stage(home: Path, url: str) -> House:
    """Open the station whose database that is; SQLite's lies in its home."""
    return make_house(make_station(home), settings_on(url))


def furnish(house: House) -> None:
    """Fill an empty database with GPUs, people, groups and quotas."""
    with house.database.write() as db:
        replace_node(db, "local", [build_gpu(fact, GpusSection()) for fact in GPUS], NOON)
        for group in sorted(set(CAST.values())):
            people.add_group(db, group, NOON)
        for number, (name, group) in enumerate(CAST.items()):
            person = people.add_person(
                db, NewPerson(name, 201000 + number, False, None, False), NOON
            )
            people.add_member(db, group, person, NOON)
        for kind, value in QUOTAS.items():
            ceilings.set_ceiling(db, "site", kind, Quota(Fraction(value)))


@dataclass
class EngineOfTheLeases:
    """An engine that runs the containers of these leases."""

    running: set[int] = field(default_factory=set)

    def list_labelled(self, labels: dict[str, str]) -> list[Listed]:
        """List them all."""
        return [
            Listed(f"c{n}", f"c{n}", "running", {"allotment.lease": str(n)}) for n in self.running
        ]

    def find_labelled(self, labels: dict[str, str]) -> list[Container]:
        """Find the one of a lease."""
        number = int(labels["allotment.lease"])
        return [self._container(number)] if number in self.running else []

    def find(self, container: str) -> Container | None:
        """Inspect one."""
        number = int(container[1:])
        return self._container(number) if number in self.running else None

    def stop(self, container: str, grace_s: int) -> None:
        """Stop one."""

    def remove(self, container: str) -> None:
        """Remove one."""
        self.running.discard(int(container[1:]))

    def _container(self, number: int) -> Container:
        return Container(f"c{number}", f"c{number}", "running", 0, {}, {}, 1)


@dataclass
class HubThatRuns:
    """A hub that knows a server for every container; starts are noted and never come about."""

    house: House
    engine: EngineOfTheLeases
    started: list[tuple[str, str]] = field(default_factory=list)

    def load_servers(self) -> list[HubServer]:
        """List the servers of the containers that run."""
        with self.house.database.read() as db:
            known = leases.load_open(db)
        return [
            HubServer(lease.user, lease.server, ready=True, pending=None)
            for lease in known
            if lease.id in self.engine.running
        ]

    def find_server(self, user: str, server: str) -> HubServer | None:
        """Find one."""
        return next((s for s in self.load_servers() if (s.user, s.name) == (user, server)), None)

    def stop_server(self, user: str, server: str) -> bool:
        """Know of none that could be stopped: the steward then ends it at the engine."""
        return False

    def start_server(self, user: str, server: str, options: Mapping[str, object]) -> StartAnswer:
        """Note it."""
        self.started.append((user, server))
        return StartAnswer(begun=True)


@dataclass(frozen=True)
class AgentThatLooks:
    """An agent that sees every GPU well, and nobody on it, at the time it is asked for."""

    now: datetime

    def load(self) -> Inventory:
        """Tell what it sees."""
        return Inventory("local", GPUS, (), self.now, "simulated")


def make_office(house: House, now: datetime) -> Office:
    """Put together what the steward works with, after a crash: what was active runs on."""
    with house.database.read() as db:
        active = {lease.id for lease in leases.load_open(db) if lease.state is State.ACTIVE}
    engine = EngineOfTheLeases(active)
    agent = AgentThatLooks(now)
    closer = Closer(house, engine, agent, lambda: now, lambda _: None, lambda: boot_at(now))  # type: ignore[arg-type]
    return Office(house, engine, agent, HubThatRuns(house, engine), closer)  # type: ignore[arg-type]


def repair(house: House, now: datetime) -> Office:
    """Do every duty of the steward once, as after its restart."""
    office = make_office(house, now)
    for duty, _ in DUTIES:
        duty(office, now)
    return office


@contextmanager
def opened(home: Path, url: str) -> Iterator[House]:
    """Open the station for as long as is needed."""
    house = open_stage(home, url)
    try:
        yield house
    finally:
        house.database.dispose()
