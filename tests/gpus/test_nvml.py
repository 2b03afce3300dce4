"""Whole cards through the real bindings: what they tell, what they do not, and broken ones."""

from datetime import datetime
from pathlib import Path

import pytest

from hub.gpus.errors import DriverUnavailable, LibraryMissing
from hub.gpus.facts import GpuFact, GpuProcess
from hub.gpus.nvml import AGAIN_AFTER
from tests.gpus.nvml_machine import NvmlMachine
from tests.gpus.scenarios import A6000, L4, VERSIONS


def test_a_card_is_read_whole(machine: NvmlMachine) -> None:
    inventory = machine.become(VERSIONS + A6000).load()
    assert inventory.source == "nvml"
    assert inventory.gpus == (
        GpuFact(
            uuid="GPU-a6000",
            name="NVIDIA RTX A6000",
            node="barn",
            memory_mib=49140,
            driver_version="550.54.15",
            cuda_version="12.4",
            utilization_percent=37,
            memory_used_mib=2100,
            temperature_c=61,
        ),
    )
    assert inventory.processes == (GpuProcess("GPU-a6000", 4711, None, 2048),)


def test_what_changes_on_a_card_is_seen_at_the_next_reading(machine: NvmlMachine) -> None:
    machine.become(VERSIONS + L4).load()
    later = L4.replace("utilization 0", "utilization 98").replace("23034 0", "23034 20000")
    gpu = machine.become(VERSIONS + later).gpus()["GPU-l4"]
    assert (gpu.utilization_percent, gpu.memory_used_mib) == (98, 20000)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("utilization 37", "utilization_percent"),
        ("temperature 61", "temperature_c"),
        ("memory 49140 2100", "memory_used_mib"),
    ],
)
def test_a_field_that_is_not_supported_is_unknown_and_no_fault(
    machine: NvmlMachine, line: str, field: str
) -> None:
    gpu = machine.become(A6000.replace(line, "")).gpus()["GPU-a6000"]
    assert getattr(gpu, field) is None
    assert gpu.health == "ok"


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("memory 999", "memory: Unknown Error"),
        ("utilization 14", "utilization: Corrupted infoROM"),
        ("temperature 999", "temperature: Unknown Error"),
        ("name 20", "name: Insufficient Memory"),
        ("mig 999", "MIG mode: Unknown Error"),
        ("processes 999", "processes: Unknown Error"),
        ("recovery 999", "recovery action: Unknown Error"),
        ("memory 16", "memory: GPU requires restart"),
    ],
)
def test_one_broken_field_is_that_cards_fault_and_hides_no_other(
    machine: NvmlMachine, failure: str, reason: str
) -> None:
    gpus = machine.become(f"{A6000}fail {failure}\n{L4}").gpus()
    assert gpus["GPU-a6000"].fault == reason
    assert gpus["GPU-l4"].health == "ok"


@pytest.mark.parametrize("failure", ["all 15", "handle 15", "uuid 15", "handle 999"])
def test_a_lost_card_is_shown_as_it_was_with_its_fault(machine: NvmlMachine, failure: str) -> None:
    before = machine.become(A6000 + L4).gpus()["GPU-a6000"]
    inventory = machine.become(f"{A6000}fail {failure}\n{L4}").load()
    lost, other = inventory.gpus
    assert (lost.uuid, lost.name, lost.memory_mib) == (before.uuid, before.name, before.memory_mib)
    assert lost.health == "fault"
    assert lost.utilization_percent is None
    assert other.health == "ok"


def test_a_card_lost_before_it_was_ever_seen_is_still_shown(machine: NvmlMachine) -> None:
    gpus = machine.become(f"{A6000}fail handle 15\n{L4}").gpus()
    assert gpus["GPU-unknown-0"].fault == "GPU is lost"
    assert gpus["GPU-l4"].health == "ok"


def test_a_card_that_is_no_longer_listed_is_still_shown(machine: NvmlMachine) -> None:
    machine.become(A6000 + L4).load()
    gpus = machine.become(L4).gpus()
    assert gpus["GPU-a6000"].fault == "the driver no longer lists this GPU"
    assert gpus["GPU-l4"].health == "ok"


def test_a_name_of_garbage_is_that_cards_fault(machine: NvmlMachine) -> None:
    gpus = machine.become(A6000.replace("RTX A6000", "RTX \udcff\udcfe") + L4).gpus()
    assert gpus["GPU-a6000"].fault == "name: not readable"
    assert gpus["GPU-l4"].health == "ok"


def test_a_lost_card_is_looked_for_anew_once_a_minute(machine: NvmlMachine) -> None:
    machine.become(A6000).load()
    machine.become(f"{A6000}fail handle 15\n")
    for _ in range(AGAIN_AFTER + 2):
        gpus = machine.gpus()
    assert list(gpus) == ["GPU-a6000"]
    assert machine.become(A6000).gpus()["GPU-a6000"].health == "ok"


def test_a_lost_card_that_comes_back_is_healthy_again(machine: NvmlMachine) -> None:
    machine.become(A6000).load()
    machine.become(f"{A6000}fail all 15").load()
    assert machine.become(A6000).gpus()["GPU-a6000"].health == "ok"


@pytest.mark.parametrize("failure", ["processes 999", "processes 3", "processes 4", "all 15"])
def test_processes_that_are_not_told_are_unknown_and_not_none(
    machine: NvmlMachine, failure: str
) -> None:
    inventory = machine.become(f"{A6000}fail {failure}\n").load()
    assert not inventory.gpus[0].processes_known
    assert inventory.processes == ()


def test_computing_drawing_and_mps_processes_are_each_listed_once(machine: NvmlMachine) -> None:
    machine.become(f"{A6000}process 4712\ngraphics 900 60\ngraphics 4711 9\nmps 901 70\n")
    found = {process.pid: process.memory_mib for process in machine.load().processes}
    assert found == {900: 60, 901: 70, 4711: 2048, 4712: None}


def test_a_driver_that_asks_for_a_reset_is_heard(machine: NvmlMachine) -> None:
    gpu = machine.become(A6000.replace("recovery 0", "recovery 1")).gpus()["GPU-a6000"]
    assert gpu.fault == "the driver asks for a reset of this GPU"


def test_a_wish_to_drain_a_peer_link_is_no_fault(machine: NvmlMachine) -> None:
    gpu = machine.become(A6000.replace("recovery 0", "recovery 3")).gpus()["GPU-a6000"]
    assert gpu.health == "ok"


@pytest.mark.parametrize("code", [9, 18, 999])
def test_a_driver_that_does_not_start_is_an_error_and_not_no_gpus(
    machine: NvmlMachine, code: int
) -> None:
    with pytest.raises(DriverUnavailable, match="NVIDIA driver: "):
        machine.become(f"init {code}").load()


def test_a_driver_that_goes_away_is_an_error_and_comes_back(machine: NvmlMachine) -> None:
    machine.become(A6000).load()
    with pytest.raises(DriverUnavailable):
        machine.become("init 9").load()
    assert machine.become(A6000).gpus()["GPU-a6000"].health == "ok"


def test_an_old_driver_without_newer_functions_is_read_as_well(
    old_library: Path, tmp_path: Path, now: datetime
) -> None:
    machine = NvmlMachine(old_library, tmp_path, now).become(A6000)
    inventory = machine.load()
    machine.stop()
    assert inventory.gpus[0].memory_mib == 49140
    assert inventory.gpus[0].health == "ok"
    assert len(inventory.processes) == 1


def test_without_the_library_that_is_said(tmp_path: Path, now: datetime) -> None:
    machine = NvmlMachine(tmp_path, tmp_path, now)
    with pytest.raises(LibraryMissing, match="libnvidia-ml"):
        machine.load()
    machine.stop()


def test_a_machine_without_cards_has_none(machine: NvmlMachine) -> None:
    assert machine.become(VERSIONS).load().gpus == ()
