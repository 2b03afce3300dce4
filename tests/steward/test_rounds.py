"""The rounds of the steward: the clock first, none stopped by another, one process of two acts."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType

import pytest

import hub.steward
from hub import clock, clock_steps, leasing
from hub.house import NODE, House
from hub.policy.clock_steps import Seen
from hub.policy.leases import Lease, State
from hub.settings import load_variables
from hub.steward.__main__ import DUTIES, do
from hub.steward.expiry import close_expired
from hub.steward.office import Office
from hub.store import clocks, duties
from hub.store.schema import leases
from tests.houses import found_station
from tests.leasing.conftest import NOON
from tests.steward.test_duties import HALF, Engine, HubThatKnows, office
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)


@pytest.fixture
def lease(house: House) -> Lease:
    """A lease of ann's that, by a clock set forward two hours just now, ended an hour ago."""
    opened = leasing.request(house, leasing.Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    now, boot = clock.both()
    leasing.activate(house, opened.id, now - 6 * HOUR, boot)
    before = clock_steps.see(now - 2 * HOUR, boot)
    with house.database.write() as db:
        db.execute(leases.update().values(expires_at=now - HOUR))
        clocks.set_seen(db, NODE, Seen(before.boot_id, before.offset_ms))
    return leasing.load_lease(house, opened.id)


def test_a_round_looks_at_the_clock_before_it_ends_anything(house: House, lease: Lease) -> None:
    do(close_expired, office(house, HubThatKnows(), Engine(lease.id)))
    found = leasing.load_lease(house, lease.id)
    assert found.state is State.ACTIVE
    assert found.expires_at is not None
    assert found.expires_at > clock.now() + 0.9 * HOUR


def test_a_duty_that_fails_is_tried_again(house: House) -> None:
    tried: list[datetime] = []

    def fail(_office: Office, now: datetime) -> None:
        tried.append(now)
        raise RuntimeError

    for _ in range(2):
        do(fail, office(house, HubThatKnows(), Engine(1)))
    assert len(tried) == 2


def test_no_duty_is_forgotten() -> None:
    done = {duty for duty, _ in DUTIES}
    modules = [
        import_module(f"hub.steward.{found.name}") for found in iter_modules(hub.steward.__path__)
    ]
    written = {
        function
        for module in modules
        for function in vars(module).values()
        if isinstance(function, FunctionType)
        and list(signature(function).parameters) == ["office", "now"]
        and not function.__name__.startswith("_")
    }
    assert len(done) == len(DUTIES)
    assert {f.__name__ for f in written - done} == set()


@contextmanager
def steward(home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a steward of its own over a station's folder; killed at the end."""
    with (home / "steward.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub.steward"],
            cwd=ROOT,
            env={**load_variables(), "ALLOTMENT_HOME": str(home)},
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def holder(house: House) -> str | None:
    """Say who acts."""
    with house.database.read() as db:
        found = duties.find_holder(db, duties.STEWARD)
    return found[0] if found and found[1] > clock.now() else None


@pytest.fixture
def station(tmp_path: Path) -> Iterator[House]:
    """The files of a station, enough for a steward to run beside no hub and no engine."""
    made = found_station(tmp_path / "home")
    for name in ("agent_token", "steward_token"):
        file = made.station.secret_file("steward", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("a-token-of-the-tests")
    yield made
    made.database.dispose()


@pytest.mark.long
def test_a_steward_that_is_killed_is_replaced_within_twenty_seconds(station: House) -> None:
    home = station.station.home
    with steward(home) as first:
        wait_until(lambda: holder(station) is not None)
        acting = holder(station)
        with steward(home):
            first.kill()
            wait_until(lambda: holder(station) not in (None, acting), within_s=20)


@pytest.mark.long
def test_a_steward_that_is_told_to_stop_makes_room_at_once(station: House) -> None:
    with steward(station.station.home) as process:
        wait_until(lambda: holder(station) is not None)
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert holder(station) is None
