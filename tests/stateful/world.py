"""A station that lives through anything: real use cases on real SQLite, clock and machine faked.

What people and the steward do is done by the use cases they really call. The engine, the hub and
the agent are faked at their adapters, and the hub starts servers by asking as the spawner does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hub import books, crashes, leasing
from hub.closing import Closer
from hub.gpus.errors import AgentUnreachable
from hub.gpus.facts import Inventory
from hub.house import make_house
from hub.hubapi import HubServer, StartAnswer
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Denial, Wait
from hub.policy.requests import SpawnRequest
from hub.policy.rights import Actor
from hub.policy.tickets import Ticket
from hub.settings import LeasesSection, Settings
from hub.steward.__main__ import DUTIES
from hub.steward.closings import end_closing
from hub.steward.offers import start_offered
from hub.steward.office import Duty, Office
from hub.store.people import load_person
from hub.store.tickets import load_open_tickets
from spawner import options as spawn_options
from tests.boots import boot_at
from tests.crashes.stage import GPUS, NOON, EngineOfTheLeases, HubThatRuns
from tests.houses import make_station

HALF_AN_HOUR = timedelta(minutes=30)
NOTICE = timedelta(seconds=60)
MINIMUM_RUN = timedelta(seconds=120)
SETTINGS = Settings(leases=LeasesSection(reclaim_notice_s=60, minimum_run_s=120))
DUTIES_HERE: tuple[Duty, ...] = tuple(duty for duty, _ in DUTIES if duty.__name__ != "tick_meters")
"""Ticks read the machine's own boot time; here they are given one that fits the time told."""


STARTING: dict[str, Any] = {"ready": False, "pending": "spawn"}


SIDE_BY_SIDE = (end_closing, start_offered)
"""Duties that work in threads: a crash in them would hit another lease each time."""


class Crashed(BaseException):
    """The process died here, as far as the database can tell; nothing may catch it."""


def crash() -> None:
    """Die without dying."""
    raise Crashed


@dataclass
class AgentOfTheWorld:
    """An agent that sees some GPUs broken, or is silent altogether."""

    now: datetime = NOON
    broken: set[str] = field(default_factory=set)
    silent: bool = False

    def load(self) -> Inventory:
        """Tell what it sees."""
        if self.silent:
            raise AgentUnreachable
        seen = tuple(g.faulted("it broke") if g.uuid in self.broken else g for g in GPUS)
        return Inventory("local", seen, (), self.now, "simulated")


@dataclass
class HubOfTheWorld(HubThatRuns):
    """A hub that starts a server by asking for its lease, and has a container for it then."""

    now: datetime = NOON

    def load_servers(self) -> list[HubServer]:
        """List the servers of the containers that run; one starts until it has answered."""
        known = leasing.load_open(self.house)
        active = {(x.user, x.server) for x in known if x.state is not State.HELD}
        return [
            server if (server.user, server.name) in active else replace(server, **STARTING)
            for server in super().load_servers()
        ]

    def start_server(self, user: str, server: str, options: Mapping[str, object]) -> StartAnswer:  # type: ignore[override]
        """Start one as the spawner does."""
        asked = Ask(user, server, spawn_options.parse(options))
        outcome = leasing.request(self.house, asked, self.now)
        if isinstance(outcome, Lease):
            self.engine.running.add(outcome.id)
            return StartAnswer(begun=True)
        return StartAnswer(begun=False, refused=isinstance(outcome, Denial), message=str(outcome))


class World:
    """Everything there is, and what can happen to it; every act may be cut short by a crash."""

    def __init__(self, home: Path) -> None:
        self.house = make_house(make_station(home), SETTINGS)
        self.now = NOON
        self.boot_id = "boot-1"
        self.engine = EngineOfTheLeases()
        self.agent = AgentOfTheWorld()
        self.hub = HubOfTheWorld(self.house, self.engine)

    def close(self) -> None:
        """Let go of the database."""
        crashes.disarm()
        self.house.database.dispose()

    def pass_time(self, span: timedelta) -> None:
        """Let time pass."""
        self.now += span
        self.agent.now = self.hub.now = self.now

    def actor(self, user: str) -> Actor:
        """Give somebody as who they are."""
        with self.house.database.read() as db:
            return Actor(user, person_id=load_person(db, user).id)

    def leases(self, *states: State) -> list[Lease]:
        """Load the open leases in these states, offers that nobody took left aside."""
        found = leasing.load_open(self.house)
        return [lease for lease in found if lease.state in states and lease.offer_until is None]

    def tickets(self) -> list[Ticket]:
        """Load the open tickets."""
        with self.house.database.read() as db:
            return load_open_tickets(db)

    def ask(self, user: str, server: str, request: SpawnRequest) -> Lease | Wait | Denial:
        """Ask for a server; a lease gets its container."""
        outcome = leasing.request(self.house, Ask(user, server, request), self.now)
        if isinstance(outcome, Lease):
            self.engine.running.add(outcome.id)
        return outcome

    def answer(self, lease: Lease) -> None:
        """Let a server answer for the first time."""
        leasing.activate(self.house, lease.id, self.now, boot_at(self.now, self.boot_id))

    def stop(self, lease: Lease) -> None:
        """Let somebody stop their server."""
        leasing.begin_closing(self.house, lease.id, EndReason.RELEASE, self.now)

    def tick(self) -> None:
        """Charge what runs."""
        books.tick_all(self.house, self.now, boot_at(self.now, self.boot_id))

    def do(self, duty: Duty) -> None:
        """Let the steward do one of its duties."""
        if duty in SIDE_BY_SIDE:
            crashes.disarm()
        boot = boot_at(self.now, self.boot_id)
        now = self.now
        closer = Closer(
            self.house,
            self.engine,  # type: ignore[arg-type]
            self.agent,
            lambda: now,
            lambda _: None,
            lambda: boot,
        )
        duty(Office(self.house, self.engine, self.agent, self.hub, closer), now)  # type: ignore[arg-type]

    def steward(self) -> None:
        """Let the steward do every duty once, and tick."""
        for duty in DUTIES_HERE:
            self.do(duty)
        self.tick()

    def reboot(self, number: int) -> None:
        """Let the machine start anew: another boot, and no container left."""
        self.boot_id = f"boot-{number}"
        self.engine.running.clear()

    def everybody_answers(self) -> None:
        """Let every server that starts be up: a start takes seconds."""
        for lease in self.leases(State.HELD):
            self.answer(lease)

    def some_go_home(self) -> None:
        """Let whoever ran for half an hour stop."""
        self.everybody_answers()
        for lease in self.leases(State.ACTIVE):
            if lease.active_at is not None and self.now - lease.active_at >= HALF_AN_HOUR:
                self.stop(lease)
