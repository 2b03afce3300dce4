"""The commands on a station of their own, run as the command line runs them."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from admin.commands import group, lease, queue, quota, request, statement, usage, user
from hub import clock, leasing
from hub.house import House
from hub.leasing import Ask
from hub.people import FIRST_QUOTAS
from hub.policy.ceilings import Quota
from hub.policy.gpus import Gpu
from hub.policy.leases import Lease, State
from hub.policy.requests import SpawnRequest
from hub.store import ceilings
from hub.store import people as rows
from hub.store.gpus import replace_node
from hub.store.people import NewPerson
from tests.houses import found_station

GPU = Gpu("GPU-a", "Test GPU", "local", "Test GPU", 16384, 4, simulated=True)
PASSWORD = "a lasting password"


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Read the one document on standard output."""
        return json.loads(self.out)

    @property
    def code(self) -> str:
        """Read the code of a refusal, and hold its shape."""
        assert self.status == 1
        (key,) = self.json
        assert (key, set(self.json[key])) == ("error", {"code", "message", "reasons"})
        assert "\n" not in self.json["error"]["message"]
        return str(self.json["error"]["code"])


Run = Callable[..., Answer]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """An empty station of one simulated GPU, which is ALLOTMENT_HOME."""
    home = tmp_path / "home"
    monkeypatch.setenv("ALLOTMENT_HOME", str(home))
    made = found_station(home)
    with made.database.write() as db:
        replace_node(db, "local", [GPU], clock.now())
    mask, gid = os.umask(0o022), os.getegid()
    yield made
    os.umask(mask)
    os.setegid(gid)
    made.database.dispose()


@pytest.fixture
def run(house: House) -> Run:
    """Run one command."""
    app = typer.Typer()
    for name, module in (
        ("user", user),
        ("group", group),
        ("quota", quota),
        ("lease", lease),
        ("request", request),
        ("queue", queue),
        ("usage", usage),
    ):
        app.add_typer(module.app, name=name)
    app.command("statement")(statement.command)

    def run_one(*words: str, typed: str = "") -> Answer:
        done = CliRunner().invoke(app, list(words), input=typed)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    return run_one


@pytest.fixture
def cast(house: House) -> None:
    """Add ann and bob of field-lab and charlie of visitors, with quotas of 1 GPU and 1 server."""
    groups = {"ann": "field-lab", "bob": "field-lab", "charlie": "visitors"}
    with house.database.write() as db:
        for name in dict.fromkeys(groups.values()):
            rows.add_group(db, name, clock.now())
        for number, (name, of) in enumerate(groups.items()):
            new = NewPerson(name, 201000 + number, False, None, False)
            rows.add_member(db, of, rows.add_person(db, new, clock.now()), clock.now())
        for kind, value in FIRST_QUOTAS.items():
            ceilings.set_ceiling(db, "site", kind, Quota(value))


@pytest.fixture
def open_lease(house: House) -> Callable[..., Lease]:
    """Open and activate a lease as the spawner would."""

    def open_one(name: str, share: str = "0.5") -> Lease:
        request = SpawnRequest(gpus=Fraction(share))
        lease = leasing.request(house, Ask(name, "", request), clock.now())
        assert isinstance(lease, Lease), lease
        return leasing.activate(house, lease.id, clock.now(), clock.boot())

    return open_one


@pytest.fixture
def steward(house: House) -> Iterator[None]:
    """Close every closing lease within milliseconds, as the steward does when containers end."""
    done = threading.Event()

    def close() -> None:
        while not done.wait(0.02):
            for held in leasing.load_open(house):
                if held.state is State.CLOSING:
                    leasing.finish_closing(house, held.id, clock.now(), clock.boot())

    thread = threading.Thread(target=close)
    thread.start()
    yield
    done.set()
    thread.join()


def audit_actions(house: House) -> list[str]:
    """List what the audit log says was done, oldest first."""
    with house.database.read() as db:
        return list(db.exec_driver_sql("SELECT action FROM audit ORDER BY id").scalars())
