"""Busy, idle or not measured; and which leases keep going."""

from datetime import timedelta

import pytest

from hub.policy.leases import State
from hub.policy.work import Doing, Work, at_work, at_work_in_all, doing, keeps_going, not_at_work
from tests.policy.conftest import NOON, lease

NOW = NOON + timedelta(hours=3, minutes=35)
WORKED = Work(NOW, NOW, 87, 2048)


def look(minutes: float, worked: float | None) -> Work:
    """A newest sample so many minutes old, and work that was last measured so long ago."""
    busy_at = None if worked is None else NOW - timedelta(minutes=worked)
    return Work(NOW - timedelta(minutes=minutes), busy_at, 0, 512)


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (WORKED, "busy"),
        (look(0, 15), "busy"),
        (look(0, 15.1), "idle"),
        (look(0, None), "idle"),
        (look(15, None), "idle"),
        (look(15, 15), "busy"),
        (look(15.1, 15.1), "unmeasured"),
        (look(600, None), "unmeasured"),
        (None, "unmeasured"),
    ],
)
def test_only_what_was_measured_is_busy_and_only_what_was_seen_is_idle(
    work: Work | None, expected: Doing
) -> None:
    assert doing(work, NOW) == expected


@pytest.mark.parametrize(
    ("utilisation", "processes", "memory_mib", "expected"),
    [
        (1, 1, 0, True),
        (0, 3, 9000, False),
        (None, 1, 512, True),
        (None, 1, None, True),
        (None, 1, 0, False),
        (None, 0, 512, False),
    ],
)
def test_where_no_utilisation_is_told_a_process_that_holds_memory_is_work(
    utilisation: int | None, processes: int, memory_mib: int | None, expected: bool
) -> None:
    assert at_work(utilisation, processes, memory_mib) is expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((True, False), True),
        ((True, None), True),
        ((False, None), None),
        ((False, False), False),
        ((), False),
    ],
)
def test_work_on_one_gpu_is_work_and_one_that_is_not_seen_may_work(
    parts: tuple[bool | None, ...], expected: bool | None
) -> None:
    assert at_work_in_all(parts) is expected


@pytest.mark.parametrize("work", [WORKED, look(14, 14)])
def test_what_works_near_its_end_keeps_going_over_a_gap_in_the_samples(work: Work) -> None:
    kept = lease(keep_going=True)
    assert keeps_going([kept], {kept.id: work}, NOW) == [kept]
    assert not_at_work(work, NOW) is None


@pytest.mark.parametrize("minutes_left", [30, 2, 0.1])
@pytest.mark.parametrize(
    ("work", "rule"), [(look(0, 16), "idle"), (look(16, 16), "unmeasured"), (None, "unmeasured")]
)
def test_without_measured_work_nothing_keeps_going_however_near_the_end(
    work: Work | None, rule: str, minutes_left: float
) -> None:
    ends = lease(keep_going=True, expires_at=NOW + timedelta(minutes=minutes_left))
    works = {ends.id: work} if work else {}
    assert keeps_going([ends], works, NOW) == []
    reason = not_at_work(work, NOW)
    assert reason is not None
    assert (reason.rule, reason.numbers["minutes"]) == (rule, 15)


@pytest.mark.parametrize(
    "changes",
    [
        {"keep_going": False},
        {"state": State.CLOSING},
        {"parts": 0},
        {"expires_at": NOW + timedelta(minutes=32)},
        {"expires_at": NOW},
    ],
)
def test_the_switch_a_gpu_and_the_near_end_are_needed(changes: dict[str, object]) -> None:
    found = [lease(**{"keep_going": True, **changes})]
    assert keeps_going(found, {1: WORKED}, NOW) == []
