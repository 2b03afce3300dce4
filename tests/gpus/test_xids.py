"""Xids through the real event set: fatal ones stay a fault, a program's own errors do not."""

import pytest

from tests.gpus.nvml_machine import NvmlMachine
from tests.gpus.scenarios import A100, A6000, L4


@pytest.mark.parametrize("xid", [48, 62, 64, 79, 95, 119, 143])
def test_a_fatal_xid_is_that_cards_fault_only(machine: NvmlMachine, xid: int) -> None:
    machine.become(A6000 + L4).load()
    gpus = machine.become(f"{A6000}{L4}xid 1 GPU-a6000 {xid}\n").gpus()
    assert str(gpus["GPU-a6000"].fault).startswith(f"Xid {xid}: ")
    assert gpus["GPU-l4"].health == "ok"


@pytest.mark.parametrize("xid", [13, 31, 43, 45, 63, 68, 94, 109, 999])
def test_a_programs_own_error_takes_no_gpu_away(machine: NvmlMachine, xid: int) -> None:
    machine.become(A6000).load()
    gpus = machine.become(f"{A6000}xid 1 GPU-a6000 {xid}\n").gpus()
    assert gpus["GPU-a6000"].health == "ok"


def test_a_fatal_xid_is_remembered_though_it_is_told_once(machine: NvmlMachine) -> None:
    machine.become(A6000).load()
    machine.become(f"{A6000}xid 1 GPU-a6000 79\n").load()
    assert machine.become(A6000).gpus()["GPU-a6000"].health == "fault"


def test_a_fatal_xid_is_remembered_when_the_driver_was_gone(machine: NvmlMachine) -> None:
    machine.become(A6000).load()
    machine.become(f"{A6000}xid 1 GPU-a6000 79\n").load()
    with pytest.raises(Exception, match="driver"):
        machine.become("init 9").load()
    assert machine.become(A6000).gpus()["GPU-a6000"].health == "fault"


def test_events_are_heard_again_after_the_driver_was_gone(machine: NvmlMachine) -> None:
    machine.become(A6000).load()
    with pytest.raises(Exception, match="driver"):
        machine.become("init 9").load()
    machine.become(A6000).load()
    assert machine.become(f"{A6000}xid 1 GPU-a6000 79\n").gpus()["GPU-a6000"].health == "fault"


def test_several_xids_are_heard_in_one_reading(machine: NvmlMachine) -> None:
    machine.become(A6000 + L4).load()
    xids = "xid 1 GPU-l4 13\nxid 2 GPU-a6000 79\nxid 3 GPU-l4 48\n"
    gpus = machine.become(A6000 + L4 + xids).gpus()
    assert {gpu.health for gpu in gpus.values()} == {"fault"}


def test_an_xid_of_one_instance_is_that_slices_fault_only(machine: NvmlMachine) -> None:
    machine.become(A100).load()
    gpus = machine.become(f"{A100}xid 1 GPU-a100 95 7\n").gpus()
    assert gpus["MIG-first"].fault == "Xid 95: uncontained memory error"
    assert gpus["MIG-second"].health == "ok"


def test_an_xid_of_no_instance_is_every_slices_fault(machine: NvmlMachine) -> None:
    machine.become(A100).load()
    gpus = machine.become(f"{A100}xid 1 GPU-a100 79\n").gpus()
    assert {gpu.health for gpu in gpus.values()} == {"fault"}


def test_a_card_without_events_is_read_all_the_same(machine: NvmlMachine) -> None:
    gpus = machine.become(f"{A6000}fail events 3\nxid 1 GPU-a6000 79\n").gpus()
    assert gpus["GPU-a6000"].health == "ok"
