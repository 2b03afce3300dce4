"""A station on a real database, with an engine that is asked and never runs anything."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from hub.closing import Closer
from hub.engine.facts import Container
from hub.errors import EngineUnknown
from hub.gpus.errors import AgentUnreachable
from hub.gpus.facts import GpuFact, GpuProcess, Inventory
from hub.house import House, make_house
from hub.policy.ceilings import Quota
from hub.policy.gpus import Gpu
from hub.store import ceilings, people
from hub.store.gpus import replace_node
from hub.store.people import NewPerson
from tests.boots import boot_at
from tests.databases import settings_on
from tests.houses import make_station

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
GPU = Gpu("GPU-real", "Test GPU", "local", "Test GPU", 16384, 4)


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    """A station of one real GPU where ann and bob may hold one GPU and one server.

    Once on every kind of database.
    """
    station = make_station(tmp_path, gid=1).model_copy(update={"gpu_access": "hook"})
    made = make_house(station, settings_on(database_url))
    with made.database.write() as db:
        for number, name in enumerate(("ann", "bob")):
            people.add_person(db, NewPerson(name, 201000 + number, False, None, False), NOON)
        ceilings.set_ceiling(db, "site", "gpus", Quota(Fraction(1)))
        ceilings.set_ceiling(db, "site", "servers", Quota(Fraction(1)))
        ceilings.set_ceiling(db, "site", "lease_hours", Quota(Fraction(8)))
        replace_node(db, "local", [GPU], NOON)
    yield made
    made.database.dispose()


@dataclass
class EngineOfOneContainer:
    """An engine with the container of one lease; it is asked, and does what it is told."""

    lease_id: int
    there: bool = True
    running: bool = True
    stopped: list[str] = field(default_factory=list)

    def find_labelled(self, labels: dict[str, str]) -> list[Container]:
        """List the container while it is there."""
        wanted = labels["allotment.lease"] == str(self.lease_id)
        return [self._container()] if self.there and wanted else []

    def find(self, container: str) -> Container | None:
        """Inspect it."""
        return self._container() if self.there else None

    def stop(self, container: str, grace_s: int) -> None:
        """Stop it."""
        self.running = False
        self.stopped.append(container)

    def remove(self, container: str) -> None:
        """Remove it."""
        self.there = False

    def _container(self) -> Container:
        status = "running" if self.running else "exited"
        return Container("c0", "name", status, 0, {}, {}, 1)


class EngineThatIsSilent(EngineOfOneContainer):
    """An engine that answers nothing, or 500."""

    def find_labelled(self, labels: dict[str, str]) -> list[Container]:
        """Answer nothing."""
        raise EngineUnknown


class EngineThatForgetsToRemove(EngineOfOneContainer):
    """An engine that says it removes a container that then is still there."""

    def remove(self, container: str) -> None:
        """Leave it."""


@dataclass
class AgentThatSees:
    """An agent that sees these processes on the GPU."""

    processes: tuple[GpuProcess, ...] = ()
    gpus: tuple[GpuFact, ...] = ()
    taken_at: datetime = LATER

    def load(self) -> Inventory:
        """Tell what it sees."""
        return Inventory("local", self.gpus, self.processes, self.taken_at, "nvml")


class AgentThatIsSilent:
    """An agent that does not answer."""

    def load(self) -> Inventory:
        """Answer nothing."""
        raise AgentUnreachable


def make_closer(house: House, engine: object, agent: object | None = None) -> Closer:
    """Make a closer whose clock stands an hour after noon."""
    return Closer(
        house,
        engine,
        agent or AgentThatSees(),
        lambda: LATER,
        lambda _: None,
        lambda: boot_at(LATER),
    )  # type: ignore[arg-type]
