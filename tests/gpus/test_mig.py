"""MIG slices through the real bindings: GPUs of their own, with their card's faults."""

from hub.gpus.facts import GpuProcess
from tests.gpus.nvml_machine import NvmlMachine
from tests.gpus.scenarios import A100, L4


def test_a_card_with_mig_on_is_listed_as_its_slices_only(machine: NvmlMachine) -> None:
    assert list(machine.become(A100 + L4).gpus()) == ["MIG-first", "MIG-second", "GPU-l4"]


def test_a_slice_is_a_gpu_of_its_own_with_its_parents_name(machine: NvmlMachine) -> None:
    found = machine.become(A100).gpus()["MIG-first"]
    assert found.kind == found.mig_profile == "1g.5gb"
    assert found.name == "NVIDIA A100-SXM4-40GB"
    assert (found.parent_uuid, found.parent_memory_mib) == ("GPU-a100", 40960)
    assert (found.memory_mib, found.memory_used_mib) == (4864, 12)
    assert found.isolation == "hard"


def test_no_utilization_is_told_for_a_slice(machine: NvmlMachine) -> None:
    gpus = machine.become(A100).gpus()
    assert {gpu.utilization_percent for gpu in gpus.values()} == {None}
    assert {gpu.health for gpu in gpus.values()} == {"ok"}


def test_a_slice_has_its_cards_temperature(machine: NvmlMachine) -> None:
    assert machine.become(A100).gpus()["MIG-second"].temperature_c == 50


def test_a_process_belongs_to_its_slice(machine: NvmlMachine) -> None:
    processes = machine.become(A100).load().processes
    assert processes == (GpuProcess("MIG-first", 5001, None, 800),)


def test_a_profile_that_no_name_tells_is_worked_out_from_the_parts(machine: NvmlMachine) -> None:
    unnamed = A100.replace("profile 1g.5gb", "parts 1 1").replace("profile 3g.20gb", "parts 3 1")
    gpus = machine.become(unnamed).gpus()
    assert [gpu.mig_profile for gpu in gpus.values()] == ["1g.5gb", "1c.3g.20gb"]


def test_slices_that_were_taken_apart_are_gone_without_a_fault(machine: NvmlMachine) -> None:
    machine.become(A100).load()
    gpus = machine.become(A100[: A100.index("slice MIG-second")]).gpus()
    assert list(gpus) == ["MIG-first"]


def test_a_lost_card_takes_its_slices_with_it_and_shows_them(machine: NvmlMachine) -> None:
    machine.become(A100 + L4).load()
    gpus = machine.become(A100.replace("mig on", "mig on\nfail all 15") + L4).gpus()
    assert gpus["MIG-first"].fault == gpus["MIG-second"].fault == "GPU is lost"
    assert gpus["GPU-l4"].health == "ok"


def test_a_fault_of_the_card_is_every_slices_fault(machine: NvmlMachine) -> None:
    gpus = machine.become(A100.replace("recovery 0", "recovery 2")).gpus()
    assert {gpu.health for gpu in gpus.values()} == {"fault"}


def test_a_broken_slice_does_not_hide_its_neighbour(machine: NvmlMachine) -> None:
    gpus = machine.become(A100.replace("instance 7", "instance 7\nfail memory 999")).gpus()
    assert gpus["MIG-first"].fault == "memory: Unknown Error"
    assert gpus["MIG-second"].health == "ok"


def test_a_slice_whose_handle_is_refused_is_its_cards_fault(machine: NvmlMachine) -> None:
    gpus = machine.become(A100.replace("instance 7", "instance 7\nfail handle 999")).gpus()
    assert gpus["MIG-second"].fault == "MIG: Unknown Error"
