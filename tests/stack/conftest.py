"""The station that the stack's tests share: two simulated GPUs, everything else real."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.stations import TestStation, free_port

NOTICE_S = 20
MINIMUM_RUN_S = 30
"""How soon a loan is taken back at this station."""


@pytest.fixture(scope="session")
def shared_station(
    engine_version: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestStation]:
    """Bring a station up once; whoever uses it gives back what they take."""
    home: Path = tmp_path_factory.mktemp("station") / "home"
    station = TestStation(home)
    home.mkdir()
    rules = f"reclaim_notice_s = {NOTICE_S}\nminimum_run_s = {MINIMUM_RUN_S}\n"
    (home / "allotment.toml").write_text(f"[leases]\n{rules}")
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
