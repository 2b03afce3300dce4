"""The sources under test: simulated GPUs, the real bindings over the fake library, an agent."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.gpus.agents import RunningAgent, running_agent

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[RunningAgent]:
    with running_agent(tmp_path / "run" / "agent" / "agent.sock") as running:
        yield running
