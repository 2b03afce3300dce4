"""What the records of GPUs hold, and what they refuse to hold."""

from datetime import datetime

import pytest

from hub.gpus.facts import GpuFact, Inventory

CARD = GpuFact(uuid="GPU-1", name="NVIDIA A100-SXM4-40GB", node="barn", memory_mib=40960)
SLICE = GpuFact(
    uuid="MIG-1",
    name="NVIDIA A100-SXM4-40GB",
    node="barn",
    memory_mib=4864,
    parent_uuid="GPU-1",
    parent_memory_mib=40960,
    mig_profile="1g.5gb",
    isolation="hard",
)


def test_the_kind_of_a_whole_card_is_its_model() -> None:
    assert CARD.kind == "NVIDIA A100-SXM4-40GB"


def test_the_kind_of_a_slice_is_its_mig_profile() -> None:
    assert SLICE.kind == "1g.5gb"


def test_a_slice_belongs_to_its_parents_card() -> None:
    assert SLICE.card_uuid == "GPU-1"
    assert CARD.card_uuid == "GPU-1"


def test_a_second_fault_does_not_hide_the_first() -> None:
    gpu = CARD.faulted("Xid 79").faulted("belongs to station b")
    assert gpu.health == "fault"
    assert gpu.fault == "Xid 79; belongs to station b"


def test_a_fault_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="reason"):
        GpuFact(uuid="GPU-1", name="x", node="barn", memory_mib=1, health="fault")


def test_a_slice_without_its_parent_is_refused() -> None:
    with pytest.raises(ValueError, match="parent"):
        GpuFact(uuid="MIG-1", name="x", node="barn", memory_mib=1, mig_profile="1g.5gb")


def test_an_inventory_at_a_naive_time_is_refused(now: datetime) -> None:
    with pytest.raises(ValueError, match="aware"):
        Inventory("barn", (), (), now.replace(tzinfo=None), "nvml")
