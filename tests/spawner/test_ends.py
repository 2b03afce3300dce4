"""Who ended a server: somebody who stopped it, also while it started, or a fault."""

import asyncio

import pytest

from hub.policy.leases import EndReason
from spawner.gpu_spawner import GpuSpawner


def _spawner(starts: bool, asked_to_stop: bool) -> GpuSpawner:
    """A spawner in the middle of a start or after it, that the hub told to stop or not."""
    spawner = GpuSpawner()
    spawner._starts, spawner._asked_to_stop = starts, asked_to_stop
    return spawner


@pytest.mark.parametrize("asked_to_stop", [True, False])
def test_a_start_that_somebody_stopped_was_ended_by_them(asked_to_stop: bool) -> None:
    """Before there is a container the hub calls the post-stop hook only."""
    assert _spawner(True, asked_to_stop)._end_reason() is EndReason.RELEASE


@pytest.mark.parametrize("asked_to_stop", [True, False])
def test_a_start_that_the_hub_gave_up_is_a_fault_though_the_hub_stops_it(
    asked_to_stop: bool,
) -> None:
    async def end() -> EndReason:
        spawner = _spawner(True, asked_to_stop)
        spawner._spawn_future = asyncio.get_running_loop().create_future()
        return spawner._end_reason()

    assert asyncio.run(end()) is EndReason.FAULT


def test_a_server_that_ran_and_was_stopped_was_ended_by_who_stopped_it() -> None:
    assert _spawner(False, True)._end_reason() is EndReason.RELEASE


def test_a_server_that_ran_and_died_is_a_fault() -> None:
    assert _spawner(False, False)._end_reason() is EndReason.FAULT
