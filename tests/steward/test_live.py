"""A steward and an agent as they run: a server that works keeps going, one that rests ends."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from hub import clock, extending, leasing
from hub.house import House
from hub.policy.ceilings import Quota
from hub.policy.leases import Lease
from hub.policy.requests import SpawnRequest
from hub.policy.rights import HOST
from hub.settings import load_variables
from hub.store import ceilings, people
from hub.store.gpus import load_gpus
from hub.store.people import NewPerson
from hub.store.work import find_work
from tests.houses import found_station
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-the-tests"
SCENARIO = """
[[gpu]]
number = 0
steps = [[0, 95, 4096]]
[[gpu]]
number = 1
steps = [[0, 0, 0]]
"""

pytestmark = pytest.mark.long


@contextmanager
def unit(home: Path, *words: str) -> Iterator[None]:
    """Run a unit of a station; killed at the end."""
    with (home / "units.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env={**load_variables(), "ALLOTMENT_HOME": str(home)},
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[House]:
    """A station of two simulated GPUs, one of which works, with its agent and its steward."""
    home = tmp_path / "home"
    made = found_station(home)
    station = made.station
    for path in ("agent/token", "steward/agent_token", "steward/steward_token"):
        file = station.state / "secrets" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TOKEN)
    folder = station.agent_socket.parent
    folder.mkdir(parents=True)
    (folder / "scenario.toml").write_text(SCENARIO)
    agent = ["spawner.agent", f"--home={home}", f"--station={station.id}", "--simulate=2"]
    with made.database.write() as db:
        for number, name in enumerate(("ann", "bob")):
            people.add_person(db, NewPerson(name, 201000 + number, False, None, False), clock.now())
        for kind in ("gpus", "servers", "lease_hours"):
            ceilings.set_ceiling(db, "site", kind, Quota(Fraction(1)))
    with ExitStack() as units:
        units.enter_context(unit(home, *agent))
        units.enter_context(unit(home, "hub.steward"))
        wait_until(lambda: len(load_seen(made)) == 2)
        yield made
    made.database.dispose()


def load_seen(house: House) -> list[str]:
    """List the GPUs the steward has heard of."""
    with house.database.read() as db:
        return [gpu.uuid for gpu in load_gpus(db)]


def start(house: House, user: str) -> Lease:
    """Start a server on a whole GPU that is to keep going and has ten minutes left."""
    short = SpawnRequest(gpus=Fraction(1), duration=timedelta(minutes=10))
    opened = leasing.request(house, leasing.Ask(user, "", short), clock.now())
    assert isinstance(opened, Lease), opened
    leasing.activate(house, opened.id, *clock.both())
    return extending.set_keep_going(house, opened.id, True, HOST, clock.now())


def percent(house: House, lease: Lease) -> int | None:
    """Read the newest sample."""
    with house.database.read() as db:
        work = find_work(db, lease.id)
    return work.utilisation if work else None


def test_what_works_keeps_going_and_what_rests_does_not(station: House) -> None:
    both = [start(station, "ann"), start(station, "bob")]
    wait_until(lambda: sorted(percent(station, x) or -1 for x in both)[1] == 95, within_s=40)
    idle, busy = sorted(both, key=lambda x: percent(station, x) or 0)
    assert percent(station, idle) == 0
    wait_until(lambda: leasing.load_lease(station, busy.id).duration > busy.duration, within_s=40)
    assert leasing.load_lease(station, busy.id).duration == busy.duration + timedelta(hours=1)
    assert leasing.load_lease(station, idle.id).duration == idle.duration
