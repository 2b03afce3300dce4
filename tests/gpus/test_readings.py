"""Taking readings: containers and owners are added, failures age the last one, nothing waits."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from hub.gpus.errors import DriverUnavailable, LibraryMissing
from hub.gpus.facts import GpuFact, GpuProcess, Inventory
from hub.gpus.simulated import SimulatedGpus
from spawner.agent.readings import Reader, Readings
from spawner.agent.sources import DriverGpus

ID = "4f2c" * 16
CARD = GpuFact("GPU-1", "NVIDIA L4", "barn", 23034)
SLICE = GpuFact("MIG-1", "A100", "barn", 4864, parent_uuid="GPU-2", mig_profile="1g.5gb")


class FixedGpus:
    """Gives the same inventory every time."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory

    def load(self, now: datetime) -> Inventory:
        return replace(self.inventory, taken_at=now)


class GpusWithoutDriver:
    """The driver never answers."""

    def load(self, now: datetime) -> Inventory:
        raise DriverUnavailable("NVIDIA driver: Driver Not Loaded")


class GpusWithoutLibrary:
    """There is no libnvidia-ml here."""

    def load(self, now: datetime) -> Inventory:
        raise LibraryMissing


def nobody_refuses(_card: str, _seconds: float) -> str | None:
    return None


@pytest.fixture
def two(now: datetime) -> Inventory:
    processes = (GpuProcess("GPU-1", 4711, None, 2048), GpuProcess("GPU-1", 900))
    return Inventory("barn", (CARD, SLICE), processes, now, "nvml")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "4711").mkdir()
    (tmp_path / "4711" / "cgroup").write_text(f"0::/../docker-{ID}.scope\n")
    (tmp_path / "900").mkdir()
    (tmp_path / "900" / "cgroup").write_text("0::/user.slice/session-2.scope\n")
    return tmp_path


def test_a_process_gets_its_container(two: Inventory, proc: Path, now: datetime) -> None:
    readings = Readings()
    Reader(FixedGpus(two), readings, nobody_refuses, proc).take(now, lambda: 5.0)
    inventory = readings.answer(5.0).inventory
    assert inventory is not None
    assert {p.pid: p.container_id for p in inventory.processes} == {4711: ID, 900: None}


def test_a_slice_is_locked_by_its_card(two: Inventory, proc: Path, now: datetime) -> None:
    asked: list[str] = []
    reader = Reader(FixedGpus(two), Readings(), lambda card, _: asked.append(card), proc)
    reader.take(now, lambda: 5.0)
    assert asked == ["GPU-1", "GPU-2"]


def test_another_stations_gpu_is_shown_with_its_owner(
    two: Inventory, proc: Path, now: datetime
) -> None:
    readings = Readings()
    reader = Reader(FixedGpus(two), readings, lambda *_: "belongs to station bbbb2222", proc)
    reader.take(now, lambda: 5.0)
    inventory = readings.answer(5.0).inventory
    assert inventory is not None
    assert {gpu.fault for gpu in inventory.gpus} == {"belongs to station bbbb2222"}


def test_a_simulated_gpu_is_nobodys_to_lock(proc: Path, now: datetime) -> None:
    readings = Readings()
    gpus = SimulatedGpus("1234abcd", "barn", 2)
    Reader(gpus, readings, lambda *_: "belongs to another", proc).take(now, lambda: 5.0)
    inventory = readings.answer(5.0).inventory
    assert inventory is not None
    assert {gpu.health for gpu in inventory.gpus} == {"ok"}


def test_a_failed_attempt_leaves_the_last_reading_until_it_is_old(
    two: Inventory, proc: Path, now: datetime
) -> None:
    readings = Readings()
    Reader(FixedGpus(two), readings, nobody_refuses, proc).take(now, lambda: 5.0)
    Reader(GpusWithoutDriver(), readings, nobody_refuses, proc).take(now, lambda: 14.0)
    assert readings.answer(15.0).age_s == 10.0
    late = readings.answer(15.5)
    assert late.inventory is None
    assert "Driver Not Loaded" in str(late.reason)


def test_the_age_counts_from_before_the_driver_was_asked(
    two: Inventory, proc: Path, now: datetime
) -> None:
    readings, clock = Readings(), iter([5.0, 9.0])
    Reader(FixedGpus(two), readings, nobody_refuses, proc).take(now, lambda: next(clock))
    assert readings.answer(9.0).age_s == 4.0


def test_without_any_reading_the_reason_is_the_answer(proc: Path, now: datetime) -> None:
    readings = Readings()
    Reader(GpusWithoutDriver(), readings, nobody_refuses, proc).take(now, lambda: 5.0)
    assert readings.answer(5.0).reason == "NVIDIA driver: Driver Not Loaded"


def test_a_machine_without_an_nvidia_driver_has_no_gpus(tmp_path: Path, now: datetime) -> None:
    assert DriverGpus(GpusWithoutLibrary(), "barn", tmp_path).load(now).gpus == ()


def test_a_loaded_driver_whose_library_is_not_seen_is_unknown_and_not_none(
    tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "driver/nvidia").mkdir(parents=True)
    (tmp_path / "driver/nvidia/version").write_text("NVRM version: 550.54.15\n")
    with pytest.raises(LibraryMissing):
        DriverGpus(GpusWithoutLibrary(), "barn", tmp_path).load(now)
