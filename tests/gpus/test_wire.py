"""An inventory survives the wire whole, and a document of another shape does not pass."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.gpus.errors import BadInventory
from hub.gpus.facts import GpuFact, GpuProcess, Inventory
from hub.gpus.wire import build_json, parse_inventory

WHOLE = Inventory(
    "barn",
    (
        GpuFact("GPU-1", "NVIDIA RTX A6000", "barn", 49140, "550.54.15", "12.4"),
        GpuFact("GPU-2", "NVIDIA RTX A6000", "barn", 49140).faulted("GPU is lost"),
    ),
    (GpuProcess("GPU-1", 4711, "ab" * 32, 2048), GpuProcess("GPU-1", 900)),
    datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    "nvml",
)

texts = st.text(max_size=20)
numbers = st.none() | st.integers(0, 10**6)
gpus = st.builds(
    GpuFact,
    texts,
    texts,
    texts,
    st.integers(0, 10**6),
    driver_version=st.none() | texts,
    simulated=st.booleans(),
    isolation=st.sampled_from(["hard", "firm", "soft"]),
    utilization_percent=numbers,
    temperature_c=numbers,
    processes_known=st.booleans(),
)
processes = st.builds(GpuProcess, texts, st.integers(1, 2**22), st.none() | texts, numbers)
inventories = st.builds(
    Inventory,
    texts,
    st.lists(gpus, max_size=4).map(tuple),
    st.lists(processes, max_size=4).map(tuple),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from(["nvml", "simulated"]),
)


@given(inventories)
def test_what_is_sent_is_what_arrives(inventory: Inventory) -> None:
    assert parse_inventory(build_json(inventory)) == inventory


def changed(path: list[str | int], value: Any) -> str:
    """Give the whole inventory's JSON with one value in it replaced."""
    document = json.loads(build_json(WHOLE))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["node"], None, "inventory.node"),
        (["gpus"], {}, "inventory.gpus"),
        (["gpus", 0], "GPU-1", r"inventory.gpus\[0\]"),
        (["gpus", 1, "memory_mib"], 1.5, r"inventory.gpus\[1\].memory_mib"),
        (["gpus", 0, "memory_mib"], True, r"inventory.gpus\[0\].memory_mib"),
        (["gpus", 0, "memory_mib"], None, r"inventory.gpus\[0\].memory_mib"),
        (["gpus", 0, "simulated"], 0, r"inventory.gpus\[0\].simulated"),
        (["gpus", 0, "health"], "well", r"inventory.gpus\[0\].health"),
        (["gpus", 0, "health"], "fault", "reason"),
        (["gpus", 0, "isolation"], ["hard"], r"inventory.gpus\[0\].isolation"),
        (["gpus", 0, "colour"], "green", r"inventory.gpus\[0\].colour: unknown"),
        (["processes", 0, "pid"], "4711", r"inventory.processes\[0\].pid"),
        (["taken_at"], 1763800200, "inventory.taken_at"),
        (["taken_at"], "2026-13-01", "inventory.taken_at"),
        (["source"], "guessed", "inventory.source"),
        (["extra"], 1, "inventory.extra: unknown"),
    ],
)
def test_a_document_of_another_shape_is_refused_by_its_field(
    path: list[str | int], value: Any, named: str
) -> None:
    with pytest.raises(BadInventory, match=named):
        parse_inventory(changed(path, value))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"node": "barn"}'])
def test_a_document_that_is_no_inventory_is_refused(text: str) -> None:
    with pytest.raises(BadInventory):
        parse_inventory(text)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInventory, match="taken_at"):
        parse_inventory(changed(["taken_at"], "2026-11-22T08:30:00"))
