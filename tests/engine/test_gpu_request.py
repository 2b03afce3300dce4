"""What the engine was really asked for, seen by the hook that would hand the GPU over."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from hub.policy.gpus import SlotRange
from hub.policy.leases import Lease
from spawner.container import Mount, Start, Walls, build, name_of
from tests.engine.conftest import IMAGE, OwnEngine
from tests.policy.conftest import lease

pytestmark = pytest.mark.engine

UUID = "GPU-11111111-2222-3333-4444-555555555555"
MACHINE = ("/usr", "/bin", "/lib", "/lib64")
GRACE_S = 1


def start(leased: Lease, **changes: Any) -> Start:
    """Make a start whose container lives off the machine's own programs."""
    plain = Start(
        station_id="0a1b2c3d",
        lease=leased,
        uid=201001,
        image=IMAGE,
        walls=Walls("none", 64, 64, "UTC", "hook"),
        simulated=False,
        mounts=tuple(Mount(Path(path), path, True) for path in MACHINE if Path(path).exists()),
    )
    return replace(plain, **changes)


def run(own: OwnEngine, wanted: Start) -> list[dict[str, Any]]:
    """Start the container of a start, and give what the hook was told about it."""
    spec = build(wanted)
    spec["Cmd"], spec["WorkingDir"] = ["/usr/bin/sleep", "60"], "/"
    container = own.engine.create(name_of("0a1b2c3d", wanted.lease), spec)
    try:
        own.engine.start(container)
        found = own.engine.find(container)
        assert found is not None
        assert found.running
        return [told for told in own.told() if told["id"] == container]
    finally:
        own.engine.stop(container, GRACE_S)
        own.engine.remove(container)


def visible(told: dict[str, Any]) -> list[str]:
    """Read which GPUs the hook would hand over."""
    name = "NVIDIA_VISIBLE_DEVICES="
    return [line.removeprefix(name) for line in told["env"] if line.startswith(name)]


def test_the_engine_is_asked_for_exactly_the_leased_gpu(own_engine: OwnEngine) -> None:
    [told] = run(own_engine, start(lease(1, slots=(SlotRange(UUID, (0, 1)),))))
    assert set(visible(told)) == {UUID}


def test_an_environment_that_asks_for_all_gets_the_leased_gpu_alone(
    own_engine: OwnEngine,
) -> None:
    greedy = {"NVIDIA_VISIBLE_DEVICES": "all"}
    leased = lease(2, slots=(SlotRange(UUID, (0,)),))
    [told] = run(own_engine, start(leased, environment=greedy))
    assert set(visible(told)) == {UUID}


@pytest.mark.parametrize("greedy", [{}, {"NVIDIA_VISIBLE_DEVICES": "all"}])
def test_a_container_without_slots_gets_no_gpu(
    own_engine: OwnEngine, greedy: dict[str, str]
) -> None:
    cpu = lease(3, slots=(), share=Fraction(0), parts=0)
    wanted = start(cpu, environment=greedy)
    assert run(own_engine, wanted) == []
    assert "NVIDIA_VISIBLE_DEVICES=void" in build(wanted)["Env"]


def test_a_simulated_gpu_is_never_asked_for(own_engine: OwnEngine) -> None:
    assert run(own_engine, start(lease(4), simulated=True)) == []
