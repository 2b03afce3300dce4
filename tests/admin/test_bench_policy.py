"""`bench policy` on a small station: what it says, not how fast."""

import json

import pytest

from admin.bench import policy
from admin.bench.crowd import NOW, Size, crowded
from hub.store.floor import load_floor


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    """Run it small."""
    found = policy.run(starts=100, size=Size(gpus=16, people=200, waiting=10), jobs=60)
    return dict(json.loads(json.dumps(found)))


def test_every_figure_is_there_with_its_goal(document: dict[str, object]) -> None:
    assert set(document) == {
        "bench",
        "size",
        "decision",
        "first_decision",
        "request_to_lease",
        "forecast",
        "simulated",
        "traces",
        "ok",
    }
    for key in ("decision", "first_decision", "request_to_lease"):
        assert set(document[key]) >= {"rounds", "p50_ms", "p99_ms", "goal_ms", "ok"}  # type: ignore[call-overload]


def test_three_traces_are_compared_with_fifo_and_the_oracle(document: dict[str, object]) -> None:
    traces = document["traces"]
    assert isinstance(traces, list)
    assert [trace["seed"] for trace in traces] == [1, 2, 3]
    assert {"mean_to_fifo", "worst_to_fifo", "mean_to_oracle", "forecast"} <= set(traces[0])


def test_it_can_be_said_in_words(document: dict[str, object]) -> None:
    assert len(list(policy.lines(document))) == 12


def test_every_request_gets_its_lease(document: dict[str, object]) -> None:
    assert document["request_to_lease"]["leases"] == 4  # type: ignore[index]


def test_the_station_is_as_large_as_said_and_nobody_who_waits_can_start() -> None:
    with crowded(Size(gpus=16, people=200, waiting=10)) as house, house.database.read() as db:
        floor = load_floor(db, house.terms, NOW)
    assert (len(floor.gpus), len(floor.queue)) == (16, 10)
    assert len(floor.taken) == 16 * 4 - 6
    assert all(len(slots) < 4 for slots in floor.board.free.values())
