"""The agent as its own process: what it answers, to whom, and how it starts and stops."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.gpus.errors import AgentUnreachable
from hub.gpus.over_agent import AgentGpus
from tests.gpus.agents import RunningAgent
from tests.gpus.nvml_machine import ROOT, NvmlMachine
from tests.gpus.scenarios import A6000, L4

ID = "4f2c" * 16
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    secrets = tmp_path / "home/state/secrets/agent"
    secrets.mkdir(parents=True)
    (secrets / "token").write_text("the-token\n")
    return tmp_path / "home"


@pytest.fixture
def start(home: Path, tmp_path: Path, machine: NvmlMachine) -> Iterator[Start]:
    """Start an agent and wait until it says that it answers, or ends."""
    agents = []

    def start_one(*words: str, station: str = "aaaa1111") -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "spawner.agent", f"--home={home}", f"--station={station}"]
        locks = f"--lock-folder={tmp_path / 'locks'}"
        agent = subprocess.Popen(
            [*command, "--node=barn", locks, *words],
            cwd=ROOT,
            env=machine.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        agents.append(agent)
        return agent

    yield start_one
    for agent in agents:
        agent.kill()
        agent.communicate()


def said(agent: "subprocess.Popen[str]") -> str:
    assert agent.stderr is not None
    return agent.stderr.readline()


def client(home: Path) -> AgentGpus:
    return AgentGpus(home / "state/run/agent/agent.sock", "the-token")


def test_it_tells_of_simulated_gpus(start: Start, home: Path) -> None:
    assert "answering" in said(start("--simulate=2"))
    inventory = client(home).load()
    assert len(inventory.gpus) == 2
    assert inventory.source == "simulated"


def test_it_tells_of_the_drivers_gpus_and_their_containers(
    start: Start, home: Path, machine: NvmlMachine, tmp_path: Path
) -> None:
    (tmp_path / "proc/4711").mkdir(parents=True)
    (tmp_path / "proc/4711/cgroup").write_text(f"0::/docker/{ID}\n")
    machine.become(A6000 + L4)
    said(start(f"--proc={tmp_path / 'proc'}"))
    inventory = client(home).load()
    assert [gpu.name for gpu in inventory.gpus] == ["NVIDIA RTX A6000", "NVIDIA L4"]
    assert [process.container_id for process in inventory.processes] == [ID]


def test_a_second_station_is_told_that_the_gpu_is_taken(
    start: Start, home: Path, machine: NvmlMachine, tmp_path: Path
) -> None:
    machine.become(L4)
    said(start())
    other = tmp_path / "other"
    (other / "state/secrets/agent").mkdir(parents=True)
    (other / "state/secrets/agent/token").write_text("the-token")
    said(start(f"--home={other}", station="bbbb2222"))
    assert client(home).load().gpus[0].health == "ok"
    assert client(other).load().gpus[0].fault == "belongs to station aaaa1111"


def test_a_driver_that_does_not_start_is_said_and_the_agent_stays(
    start: Start, home: Path, machine: NvmlMachine
) -> None:
    machine.become("init 9")
    agent = start()
    said(agent)
    with pytest.raises(AgentUnreachable, match=r"503 .*Driver Not Loaded"):
        client(home).load()
    assert agent.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_to(start: Start, number: signal.Signals) -> None:
    agent = start("--simulate=1")
    said(agent)
    agent.send_signal(number)
    assert agent.wait(10) == 0


def test_a_check_of_a_running_agent_passes(start: Start) -> None:
    said(start("--simulate=1"))
    assert start("--check").wait(10) == 0


def test_a_check_without_an_agent_says_why(start: Start) -> None:
    agent = start("--check")
    assert "No such file" in said(agent)
    assert agent.wait(10) == 1


@pytest.mark.parametrize("text", [None, "", "\n"])
def test_without_a_token_it_does_not_start(start: Start, home: Path, text: str | None) -> None:
    token = home / "state/secrets/agent/token"
    token.unlink() if text is None else token.write_text(text)
    agent = start("--simulate=1")
    assert "token: " in said(agent)
    assert agent.wait(10) == 1


def test_wrong_usage_ends_with_status_two(start: Start) -> None:
    assert start("--simulate=-1").wait(10) == 2


def ask(agent: RunningAgent, path: str, token: str | None, method: str = "GET") -> tuple[int, str]:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(agent.path))
        header = "" if token is None else f"Authorization: {token}\r\n"
        caller.sendall(f"{method} {path} HTTP/1.0\r\n{header}\r\n".encode("latin-1"))
        answer = http.client.HTTPResponse(caller)
        answer.begin()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize("path", ["/v1/inventory", "/v1/health", "/nothing", "/"])
@pytest.mark.parametrize(
    "token",
    [None, "", "Bearer", "Bearer ", "Bearer x", "Basic a-token-of-the-tests", "Bearer \xff"],
)
def test_without_the_token_every_path_is_refused_alike(
    agent: RunningAgent, path: str, token: str | None
) -> None:
    status, body = ask(agent, path, token)
    assert status == 401
    assert json.loads(body)["error"]["code"] == "token"


def test_health_says_whether_there_is_a_fresh_reading(agent: RunningAgent) -> None:
    status, body = ask(agent, "/v1/health", "Bearer a-token-of-the-tests")
    assert status == 503
    assert json.loads(body) == {"ready": False, "age_seconds": None, "reason": "no reading yet"}


def test_an_unknown_path_is_not_found(agent: RunningAgent) -> None:
    assert ask(agent, "/v2/inventory", "Bearer a-token-of-the-tests")[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_agent_takes_no_orders(agent: RunningAgent, method: str) -> None:
    assert ask(agent, "/v1/inventory", "Bearer a-token-of-the-tests", method)[0] == 501
