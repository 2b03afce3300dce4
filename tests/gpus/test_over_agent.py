"""What a caller hears from the agent, and what it makes of silence and nonsense."""

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path
from stat import S_IMODE
from threading import Thread

import pytest

from hub.gpus.errors import AgentUnreachable
from hub.gpus.over_agent import AgentGpus
from hub.gpus.simulated import SimulatedGpus
from tests.gpus.agents import RunningAgent, running_agent


def test_the_newest_reading_is_answered(agent: RunningAgent, now: datetime) -> None:
    inventory = SimulatedGpus("1234abcd", "barn", 2).load(now)
    agent.keep(inventory)
    assert agent.client().load() == inventory


def test_a_wrong_token_is_refused(agent: RunningAgent, now: datetime) -> None:
    agent.keep(SimulatedGpus("1234abcd", "barn", 2).load(now))
    with pytest.raises(AgentUnreachable, match="401"):
        agent.client("another").load()


def test_a_reading_of_ten_seconds_is_still_answered(agent: RunningAgent, now: datetime) -> None:
    agent.keep(SimulatedGpus("1234abcd", "barn", 1).load(now))
    agent.seconds += 10
    assert len(agent.client().load().gpus) == 1


def test_an_older_reading_is_no_answer(agent: RunningAgent, now: datetime) -> None:
    agent.keep(SimulatedGpus("1234abcd", "barn", 1).load(now))
    agent.seconds += 11
    with pytest.raises(AgentUnreachable, match=r"503 .*11 s old"):
        agent.client().load()


def test_before_the_first_reading_there_is_no_answer(agent: RunningAgent) -> None:
    with pytest.raises(AgentUnreachable, match=r"503 .*no reading yet"):
        agent.client().load()


def test_no_agent_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(AgentUnreachable, match="No such file"):
        AgentGpus(tmp_path / "nobody" / "agent.sock", "t").load()


def test_an_agent_that_accepts_and_says_nothing_is_unreachable(tmp_path: Path) -> None:
    path = tmp_path / "agent.sock"
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen()
        with pytest.raises(AgentUnreachable, match="timed out"):
            AgentGpus(path, "t", timedelta(milliseconds=50)).load()


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"",
    ],
)
def test_an_answer_that_is_no_inventory_is_unreachable(tmp_path: Path, said: bytes) -> None:
    path = tmp_path / "agent.sock"
    with socket.socket(socket.AF_UNIX) as babbler:
        babbler.bind(str(path))
        babbler.listen()
        thread = Thread(target=_say_once, args=(babbler, said))
        thread.start()
        with pytest.raises(AgentUnreachable):
            AgentGpus(path, "t").load()
        thread.join()


def _say_once(listener: socket.socket, said: bytes) -> None:
    caller, _ = listener.accept()
    with caller:
        caller.recv(4096)
        caller.sendall(said)


def test_a_home_with_a_very_long_path_is_served(tmp_path: Path, now: datetime) -> None:
    deep = tmp_path.joinpath(*["station-with-a-long-name"] * 8) / "agent.sock"
    assert len(os.fsencode(deep)) > 108
    with running_agent(deep) as agent:
        agent.keep(SimulatedGpus("1234abcd", "barn", 1).load(now))
        assert agent.client().load().node == "barn"


def test_the_socket_is_for_owner_and_group_only(agent: RunningAgent) -> None:
    assert S_IMODE(agent.path.stat().st_mode) == 0o660


def test_an_agent_takes_the_place_of_a_dead_ones_socket(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "agent.sock"
    for _ in range(2):
        with running_agent(path) as agent:
            agent.keep(SimulatedGpus("1234abcd", "barn", 1).load(now))
            assert agent.client().load().node == "barn"
