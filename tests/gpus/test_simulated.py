"""Simulated GPUs are the same after a restart, different elsewhere, and always labelled."""

from datetime import datetime

from hub.gpus.simulated import SimulatedGpus


def test_a_restart_gives_the_same_gpus(now: datetime) -> None:
    first = SimulatedGpus("1234abcd", "barn", 2).load(now)
    assert SimulatedGpus("1234abcd", "barn", 2).load(now) == first


def test_more_gpus_keep_the_first_ones(now: datetime) -> None:
    two = SimulatedGpus("1234abcd", "barn", 2).load(now).gpus
    assert SimulatedGpus("1234abcd", "barn", 4).load(now).gpus[:2] == two


def test_two_stations_never_share_a_simulated_gpu(now: datetime) -> None:
    ours = {gpu.uuid for gpu in SimulatedGpus("1234abcd", "barn", 8).load(now).gpus}
    theirs = {gpu.uuid for gpu in SimulatedGpus("1234abce", "barn", 8).load(now).gpus}
    assert len(ours | theirs) == 16


def test_they_are_labelled_wherever_people_look(now: datetime) -> None:
    (gpu,) = SimulatedGpus("1234abcd", "barn", 1).load(now).gpus
    assert gpu.simulated
    assert gpu.uuid.startswith("GPU-sim-")
    assert gpu.kind == gpu.name == "Simulated GPU"
    assert gpu.memory_mib == 16384


def test_nothing_ever_runs_on_them(now: datetime) -> None:
    assert SimulatedGpus("1234abcd", "barn", 3).load(now).processes == ()
