"""What every source of GPUs promises, run over each of them: simulated, NVML, and both by agent."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hub.gpus.facts import Inventory
from hub.gpus.simulated import SimulatedGpus
from hub.gpus.wire import build_json, parse_inventory
from tests.gpus.agents import running_agent
from tests.gpus.nvml_machine import NvmlMachine
from tests.gpus.scenarios import A100, A6000, L4, VERSIONS

Load = Callable[[], Inventory]
SCENARIO = VERSIONS + A6000 + A100 + L4 + "fail all 15\n"


@pytest.fixture
def nvml(machine: NvmlMachine) -> Load:
    return machine.become(SCENARIO).load


@pytest.fixture
def simulated(now: datetime) -> Load:
    return lambda: SimulatedGpus("1234abcd", "barn", 3).load(now)


@pytest.fixture
def over_agent(nvml: Load, tmp_path: Path) -> Iterator[Load]:
    with running_agent(tmp_path / "agent.sock") as agent:
        agent.keep(nvml())
        yield agent.client().load


@pytest.fixture
def simulated_over_agent(simulated: Load, tmp_path: Path) -> Iterator[Load]:
    with running_agent(tmp_path / "agent.sock") as agent:
        agent.keep(simulated())
        yield agent.client().load


@pytest.fixture(params=["simulated", "nvml", "over_agent", "simulated_over_agent"])
def inventory(request: pytest.FixtureRequest) -> Inventory:
    load: Load = request.getfixturevalue(request.param)
    return load()


def test_every_gpu_has_a_uuid_of_its_own(inventory: Inventory) -> None:
    uuids = [gpu.uuid for gpu in inventory.gpus]
    assert uuids
    assert all(uuids)
    assert len(set(uuids)) == len(uuids)


def test_every_gpu_is_on_the_inventorys_node(inventory: Inventory) -> None:
    assert inventory.node == "barn"
    assert {gpu.node for gpu in inventory.gpus} == {"barn"}


def test_every_gpu_has_a_name_and_a_kind(inventory: Inventory) -> None:
    assert all(gpu.name and gpu.kind for gpu in inventory.gpus)


def test_every_healthy_gpu_tells_its_memory(inventory: Inventory) -> None:
    assert all(gpu.memory_mib > 0 for gpu in inventory.gpus if gpu.health == "ok")


def test_a_fault_always_has_its_reason(inventory: Inventory) -> None:
    assert all(bool(gpu.fault) == (gpu.health == "fault") for gpu in inventory.gpus)


def test_simulated_gpus_and_real_ones_are_never_mixed(inventory: Inventory) -> None:
    assert {gpu.simulated for gpu in inventory.gpus} == {inventory.source == "simulated"}


def test_only_a_slice_claims_a_hard_wall(inventory: Inventory) -> None:
    for gpu in inventory.gpus:
        assert gpu.isolation == ("hard" if gpu.mig_profile else "soft")


def test_no_card_is_listed_beside_its_own_slices(inventory: Inventory) -> None:
    uuids = {gpu.uuid for gpu in inventory.gpus}
    assert not {gpu.parent_uuid for gpu in inventory.gpus} & uuids


def test_every_process_is_on_a_gpu_that_is_listed(inventory: Inventory) -> None:
    uuids = {gpu.uuid for gpu in inventory.gpus}
    assert {process.gpu_uuid for process in inventory.processes} <= uuids


def test_the_time_is_the_one_that_was_given(inventory: Inventory, now: datetime) -> None:
    assert inventory.taken_at == now
    assert inventory.taken_at.utcoffset() == timedelta(0)


def test_it_survives_the_wire(inventory: Inventory) -> None:
    assert parse_inventory(build_json(inventory)) == inventory
