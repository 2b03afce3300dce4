"""Busy, idle or not known; and which leases keep going."""

from datetime import timedelta

import pytest

from hub.policy.leases import State
from hub.policy.work import Doing, Work, doing, keeps_going
from tests.policy.conftest import NOON, lease

NOW = NOON + timedelta(hours=3, minutes=35)


def ago(minutes: float) -> Work:
    """A fresh sample of no work, which was last seen so long ago."""
    return Work(NOW, NOW - timedelta(minutes=minutes), 0, 512)


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (Work(NOW, NOW, 87, 2048), "busy"),
        (Work(NOW, NOW, 1, 2048), "busy"),
        (ago(9), "busy"),
        (ago(11), "idle"),
        (Work(NOW, None, 0, 0), "idle"),
        (Work(NOW, NOW, None, 2048), "unknown"),
        (Work(NOW - timedelta(minutes=3), None, 0, 0), "unknown"),
        (None, "unknown"),
    ],
)
def test_idle_is_only_what_was_seen_idle(work: Work | None, expected: Doing) -> None:
    assert doing(work, NOW) == expected


@pytest.mark.parametrize("work", [Work(NOW, NOW, 87, 1), Work(NOW, NOW, None, 1)])
def test_what_works_near_its_end_keeps_going(work: Work) -> None:
    kept = lease(keep_going=True)
    assert keeps_going([kept], {kept.id: work}, NOW) == [kept]


def test_what_is_idle_does_not_keep_going() -> None:
    kept = lease(keep_going=True)
    assert keeps_going([kept], {kept.id: ago(11)}, NOW) == []


@pytest.mark.parametrize("work", [None, Work(NOW - timedelta(minutes=3), None, 0, 0)])
@pytest.mark.parametrize(("minutes_left", "kept"), [(20, False), (2, True)])
def test_without_a_fresh_sample_one_is_waited_for_as_long_as_there_is_time(
    work: Work | None, minutes_left: int, kept: bool
) -> None:
    ends = lease(keep_going=True, expires_at=NOW + timedelta(minutes=minutes_left))
    works = {ends.id: work} if work else {}
    assert bool(keeps_going([ends], works, NOW)) == kept


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
    busy = {1: Work(NOW, NOW, 87, 1)}
    assert keeps_going([lease(**{"keep_going": True, **changes})], busy, NOW) == []
