"""A Docker Engine that is broken or restarted: nothing is freed, nothing removed, all live on."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin.setup import engine
from tests.stack.client import wait_for
from tests.stack.faulty_engine import FaultyEngine
from tests.stack.stations import ROOT, TestStation, docker_lines
from tests.stack.test_falling_over import a_kernel, answers

pytestmark = pytest.mark.stack

BROKEN_S = 30
SOCKET = Path("/var/run/docker.sock")
PID_FILE = Path("/var/run/docker.pid")


@pytest.fixture
def faulty(station: TestStation, tmp_path: Path) -> Iterator[FaultyEngine]:
    """Put hub and steward behind a socket that can break; by hand, as the compose file says."""
    engine = FaultyEngine(tmp_path / "docker.sock", SOCKET)
    facts = station.home / "state" / "station.json"
    variables = station.home / "state" / "compose.env"
    before = (facts.read_text(), variables.read_text())
    try:
        told = json.loads(before[0]) | {"docker_socket": str(engine.path)}
        rewrite(facts, json.dumps(told))
        rewrite(variables, moved(before[1], engine.path))
        compose_up(variables)
        wait_for(lambda: hub_answers(station), "the hub to be back")
        yield engine
    finally:
        engine.broken = False
        rewrite(facts, before[0])
        rewrite(variables, before[1])
        compose_up(variables)
        station.up()
        engine.close()


def hub_answers(station: TestStation) -> bool:
    """Say whether the log-in page is served."""
    return station.browser().bare.get("/hub/login").status_code == 200


def rewrite(path: Path, text: str) -> None:
    """Write a file anew in place: it is mounted, so it must stay the same file."""
    path.write_text(text)


def moved(variables: str, socket: Path) -> str:
    """Name another socket in the compose variables."""
    lines = [
        f"STATION_DOCKER_SOCKET={socket}" if line.startswith("STATION_DOCKER_SOCKET=") else line
        for line in variables.splitlines()
    ]
    return "\n".join(lines) + "\n"


def compose_up(variables: Path) -> None:
    """Make hub and steward anew by hand."""
    words = [str(ROOT / ".venv/bin/docker-compose"), "--env-file", str(variables)]
    words += ["-f", str(ROOT / "docker-compose.yml"), "up", "-d", "--force-recreate"]
    subprocess.run(
        [*words, "hub", "steward"], check=True, capture_output=True, timeout=120, cwd=ROOT
    )


def test_while_the_engine_answers_500_nothing_is_freed_and_nothing_removed(
    station: TestStation, faulty: FaultyEngine
) -> None:
    member = station.member("patient")
    member.start({"gpus": 0.5})
    member.wait_ready()
    containers, [lease] = station.containers(), station.leases()
    faulty.break_down()
    member.api("DELETE", f"/users/{member.name}/server")
    refused = member.start({"gpus": 0.25}, "another")
    assert refused.status_code in (400, 202)
    threading.Event().wait(BROKEN_S)
    assert faulty.refused > 0
    assert station.containers() == containers
    assert station.containers("status=running") == containers
    [held] = station.leases()
    assert (held["id"], held["state"]) == (lease["id"], "closing")
    assert station.leased_slots() == [2, 0]
    faulty.broken = False
    wait_for(lambda: station.leases() == [], "the stop to be carried out", 90)
    assert station.containers() == []


def test_while_the_engine_answers_500_running_servers_stay_the_hubs(
    station: TestStation, faulty: FaultyEngine
) -> None:
    member = station.member("calmly")
    member.start({"gpus": 0.5})
    member.wait_ready()
    containers, leases = station.containers(), station.leases()
    faulty.break_down()
    threading.Event().wait(BROKEN_S)
    faulty.broken = False
    assert answers(member)
    assert station.containers() == containers
    assert station.leases() == leases


def test_notebooks_and_kernels_live_on_when_dockerd_is_stopped_and_started(
    station: TestStation,
) -> None:
    if strangers() or not live_restore():
        pytest.skip("dockerd here serves others too, or has no live-restore")
    member = station.member("restored")
    member.start({"gpus": 0.5})
    member.wait_ready()
    kernel = a_kernel(member)
    containers, leases = station.containers(), station.leases()
    words = stop_dockerd()
    assert member.run_in(kernel, "print(x)") == "42"
    start_dockerd(words)
    station.up()
    wait_for(lambda: answers(member), "the server to be found again", 60)
    assert station.containers("status=running") == containers
    assert station.leases() == leases
    assert member.run_in(kernel, "print(x + 1)") == "43"


def strangers() -> list[str]:
    """List running containers of no station: only a station's are made to outlive the engine."""
    ours = set(docker_lines(["docker", "ps", "-q", "--filter", "label=allotment.station"]))
    return [found for found in docker_lines(["docker", "ps", "-q"]) if found not in ours]


def live_restore() -> bool:
    """Say whether containers outlive the engine."""
    words = ["docker", "info", "-f", "{{.LiveRestoreEnabled}}"]
    return docker_lines(words) == ["true"] and PID_FILE.exists()


def stop_dockerd() -> list[str]:
    """End dockerd and give the words it was started with."""
    pid = int(PID_FILE.read_text())
    words = Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not lives(pid), "dockerd to end", 60)
    return words


def lives(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be reaped does not."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def start_dockerd(words: list[str]) -> None:
    """Start dockerd as it was; if the tests started that one, they end this one too."""
    with Path("/var/log/dockerd-test.log").open("ab") as log:
        started = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
    engine.STARTED.append(started)

    def up() -> bool:
        done = subprocess.run(["docker", "info"], capture_output=True, check=False)
        return done.returncode == 0

    wait_for(up, "dockerd to answer", 60)
