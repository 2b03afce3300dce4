"""What the agent may be told on its command line, and what it refuses to take."""

from pathlib import Path

import pytest

from spawner.agent.arguments import parse_arguments

LEAST = ["--home=/srv/allotment", "--station=1234abcd"]


def test_by_default_it_tells_of_the_drivers_gpus() -> None:
    arguments = parse_arguments(LEAST)
    assert arguments.simulate == 0
    assert arguments.lock_folder == Path("/run/lock/allotment")


def test_its_files_lie_where_the_station_has_them() -> None:
    arguments = parse_arguments(LEAST)
    assert arguments.socket_path == Path("/srv/allotment/state/run/agent/agent.sock")
    assert arguments.token_path == Path("/srv/allotment/state/secrets/agent/token")


@pytest.mark.parametrize(
    "word",
    [
        "--simulate=-1",
        "--simulate=1.5",
        "--simulate=x",
        "--simulate=1000",
        "--simulate=²",
        "--home=here",
        "--station=../x",
        "--station=",
        "--gid=staff",
        "--what=1",
    ],
)
def test_anything_else_is_wrong_usage(word: str) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments([*LEAST, word])
    assert ended.value.code == 2


@pytest.mark.parametrize("words", [LEAST[:1], LEAST[1:], []])
def test_home_and_station_are_needed(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(words)
