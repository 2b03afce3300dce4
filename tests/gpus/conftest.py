"""The sources under test: simulated GPUs, the real bindings over the fake library, an agent."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.gpus.agents import RunningAgent, running_agent
from tests.gpus.nvml_machine import NvmlMachine, build_library

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[RunningAgent]:
    with running_agent(tmp_path / "run" / "agent" / "agent.sock") as running:
        yield running


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("nvml"))


@pytest.fixture(scope="session")
def old_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("old-nvml"), "-DOLD_DRIVER")


@pytest.fixture
def machine(library: Path, tmp_path: Path) -> Iterator[NvmlMachine]:
    found = NvmlMachine(library, tmp_path, NOW)
    yield found
    found.stop()
