"""A station whose database is PostgreSQL: leases, a turn that comes, and a server that falls."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from admin.bench.postgres import Server, server
from admin.setup import needs
from admin.setup.programs import Runner
from tests.stack.client import wait_for
from tests.stack.stations import TestStation, free_port

pytestmark = pytest.mark.stack

PASSWORD = "a secret & more/less"
WISH = {"gpus": 1, "hours": 1, "if_busy": "wait"}


@pytest.fixture(scope="module")
def postgres(set_up_log: Runner) -> Iterator[Server]:
    """A server that listens on TCP and asks for a password, as a station's does."""
    programs = needs.ensure_postgresql(set_up_log)
    with server(programs, port=free_port(), password=PASSWORD) as running:
        yield running


@pytest.fixture(scope="module")
def on_postgresql(
    engine_version: str, postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestStation]:
    """A station of two simulated GPUs on that server."""
    station = TestStation(tmp_path_factory.mktemp("on-postgresql") / "home")
    station.home.mkdir()
    (station.home / "allotment.toml").write_text(f'[database]\nurl = "{postgres.url()}"\n')
    try:
        station.up("--simulate-gpus", "2", "--https-port", str(free_port()))
        yield station
    finally:
        station.down()


def findings(station: TestStation) -> dict[str, str]:
    """Give what doctor finds wrong, by code."""
    items = json.loads(station.try_command("doctor").stdout)["items"]
    return {item["code"]: item["message"] for item in items if not item["ok"]}


def test_who_waits_is_started_though_the_server_fell_meanwhile(
    on_postgresql: TestStation, postgres: Server
) -> None:
    station = on_postgresql
    ann, bob, charlie = (station.member(name) for name in ("ann", "bob", "charlie"))
    for member in (ann, bob):
        assert member.start(WISH).status_code in (201, 202)
    assert charlie.start(WISH).status_code == 429
    for member in (ann, bob):
        member.wait_ready()
    before = station.command("queue", "list")["items"], station.leases()

    postgres.halt()
    assert "does not answer" in findings(station)["database"]
    refused = station.try_command("up")
    assert refused.returncode == 1
    assert "database.url" in json.loads(refused.stdout)["error"]["message"]
    postgres.begin()

    wait_for(lambda: "acting" not in findings(station), "the steward to act again")
    line, leases = station.command("queue", "list")["items"], station.leases()
    assert [(ticket["id"], ticket["position"]) for ticket in line] == [(before[0][0]["id"], 1)]
    assert [(lease["id"], lease["state"]) for lease in leases] == [
        (lease["id"], lease["state"]) for lease in before[1]
    ]
    ann.stop()
    charlie.wait_ready()
    assert {lease["user"] for lease in station.leases()} == {"bob", "charlie"}
    assert not (station.home / "state" / "db" / "allotment.sqlite").exists()


def test_the_password_is_in_no_unit_s_log_or_definition(
    on_postgresql: TestStation, postgres: Server
) -> None:
    hidden = (PASSWORD, postgres.url().partition("@")[0].rpartition(":")[2])
    for unit in ("hub", "steward"):
        container = on_postgresql.unit(unit)
        for words in (["docker", "logs", container], ["docker", "inspect", container]):
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            told = done.stdout + done.stderr
            assert not any(secret in told for secret in hidden), f"{words[1]} of {unit}"
