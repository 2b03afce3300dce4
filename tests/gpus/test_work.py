"""How hard processes work: what the driver samples, and what a simulated GPU's scenario says."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hub.gpus.errors import BadScenario
from hub.gpus.facts import GpuFact
from hub.gpus.simulated import SimulatedGpus
from hub.gpus.wire import build_json, parse_inventory
from hub.gpus.work_scenario import load_scenario
from tests.gpus.nvml_machine import NvmlMachine
from tests.gpus.scenarios import A100, A6000, VERSIONS

TWO = VERSIONS + A6000 + "process 4712 100\n"
SCENARIO = """
begins = 2026-11-22T08:00:00Z
[[gpu]]
number = 0
steps = [[0, 0], [600, 95, 4096], [3600, 0]]
[[gpu]]
steps = [[0, 7]]
"""


def percents(machine: NvmlMachine, scenario: str) -> dict[int, int | None]:
    """Read how hard each process works."""
    found = machine.become(scenario).load().processes
    return {process.pid: process.utilization_percent for process in found}


def test_each_process_has_the_average_of_its_samples(machine: NvmlMachine) -> None:
    sampled = TWO + "samples 4711 90\nsamples 4711 70\nsamples 4712 3\n"
    assert percents(machine, sampled) == {4711: 80, 4712: 3}


def test_a_process_without_a_sample_did_nothing(machine: NvmlMachine) -> None:
    assert percents(machine, TWO + "samples 4711 90\n") == {4711: 90, 4712: 0}
    assert percents(machine, TWO + "samples\n") == {4711: 0, 4712: 0}


def test_a_little_work_is_not_told_as_none(machine: NvmlMachine) -> None:
    sampled = TWO + "samples 4711 1\n" + "samples 4711 0\n" * 9
    assert percents(machine, sampled)[4711] == 1


def test_a_slip_of_the_driver_above_a_hundred_is_left_out(machine: NvmlMachine) -> None:
    sampled = TWO + "samples 4711 4294967295\nsamples 4711 50\n"
    assert percents(machine, sampled)[4711] == 50


def test_a_driver_that_does_not_sample_leaves_it_unknown(machine: NvmlMachine) -> None:
    assert percents(machine, TWO) == {4711: None, 4712: None}


def test_a_slice_never_tells(machine: NvmlMachine) -> None:
    assert percents(machine, VERSIONS + A100) == {5001: None}


@pytest.mark.parametrize("code", [7, 999])
def test_samples_that_fail_leave_it_unknown_and_the_card_well(
    machine: NvmlMachine, code: int
) -> None:
    inventory = machine.become(TWO + f"fail samples {code}\n").load()
    assert inventory.gpus[0].health == "ok"
    assert [process.utilization_percent for process in inventory.processes] == [None, None]


def test_a_card_that_is_lost_while_it_is_sampled_is_lost(machine: NvmlMachine) -> None:
    (gpu,) = machine.become(TWO + "fail samples 15\n").load().gpus
    assert "lost" in str(gpu.fault).lower()


def test_what_a_process_does_survives_the_wire(machine: NvmlMachine) -> None:
    inventory = machine.become(TWO + "samples 4711 90\n").load()
    assert parse_inventory(build_json(inventory)) == inventory


def simulated(path: Path, at: datetime, count: int = 2) -> tuple[GpuFact, ...]:
    """Read simulated GPUs with a scenario file."""
    return SimulatedGpus("1234abcd", "barn", count, path).load(at).gpus


@pytest.mark.parametrize(
    ("minutes", "percent", "memory_mib"),
    [(-1, None, None), (0, 0, None), (10, 95, 4096), (59, 95, 4096), (61, 0, None)],
)
def test_a_simulated_gpu_follows_its_scenario(
    tmp_path: Path, minutes: int, percent: int | None, memory_mib: int | None
) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO)
    at = datetime.fromisoformat("2026-11-22T08:00:00Z") + timedelta(minutes=minutes)
    first, second = simulated(path, at)
    assert (first.utilization_percent, first.memory_used_mib) == (percent, memory_mib)
    assert second.utilization_percent == (None if minutes < 0 else 7)
    assert first.simulated
    assert second.simulated


def test_without_a_scenario_nothing_is_known_of_a_simulated_gpu(
    tmp_path: Path, now: datetime
) -> None:
    gpus = simulated(tmp_path / "scenario.toml", now)
    assert {(gpu.utilization_percent, gpu.memory_used_mib) for gpu in gpus} == {(None, None)}


def test_a_scenario_begins_when_it_was_written_and_repeats(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text("repeat_s = 60\n[[gpu]]\nsteps = [[0, 5], [30, 80]]\n")
    found = load_scenario(path)
    assert found is not None
    told = [found.at(0, found.begins + timedelta(seconds=s)) for s in (1, 31, 61, 91)]
    assert [step.percent for step in told if step] == [5, 80, 5, 80]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("what = 1", "what"),
        ("begins = 2026-11-22T08:00:00", "begins"),
        ("repeat_s = 0", "repeat_s"),
        ("gpu = 3", "gpu"),
        ("[[gpu]]\nnumber = -1\nsteps = []", "number"),
        ("[[gpu]]\nsteps = [[0, 101]]", "101"),
        ("[[gpu]]\nsteps = [[9, 1], [0, 1]]", "rise"),
        ("[[gpu]]\nsteps = [[0]]", "each"),
        ("[[gpu]]\nsteps = [[0, true]]", "True"),
        ("[[gpu]", "scenario.toml"),
    ],
)
def test_a_wrong_scenario_is_refused_by_name_and_tells_nothing(
    tmp_path: Path, now: datetime, capsys: pytest.CaptureFixture[str], text: str, named: str
) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    with pytest.raises(BadScenario, match=named):
        load_scenario(path)
    gpus = SimulatedGpus("1234abcd", "barn", 1, path)
    assert gpus.load(now).gpus == gpus.load(now).gpus
    assert gpus.load(now).gpus[0].utilization_percent is None
    assert capsys.readouterr().err.count("scenario.toml") == 1
