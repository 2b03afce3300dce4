"""The station that the stack's tests share: two simulated GPUs, everything else real."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.stations import TestStation, free_port


@pytest.fixture(scope="session")
def shared_station(
    engine_version: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestStation]:
    """Bring a station up once; whoever uses it gives back what they take."""
    home: Path = tmp_path_factory.mktemp("station") / "home"
    station = TestStation(home)
    try:
        station.up("--simulate-gpus", "2", "--https-port", str(free_port()))
        yield station
    finally:
        station.down()


@pytest.fixture
def station(shared_station: TestStation) -> Iterator[TestStation]:
    """Give the shared station, and see that every server of it is stopped afterwards."""
    yield shared_station
    for member in shared_station.members.values():
        answer = member.api("GET", f"/users/{member.name}")
        for name, server in (answer.json().get("servers") or {}).items():
            if server.get("ready") or server.get("pending"):
                member.stop(name)
