"""What is a step of the wall clock, and what is not."""

from datetime import timedelta

import pytest

from hub.policy.clock_steps import Seen, step_between, worth_storing

BEFORE = Seen("boot-a", 1_000_000)


@pytest.mark.parametrize(
    ("by_ms", "step"),
    [
        (7_200_000, timedelta(hours=2)),
        (-7_200_000, timedelta(hours=-2)),
        (30_001, timedelta(milliseconds=30_001)),
        (30_000, None),
        (-30_000, None),
        (0, None),
    ],
)
def test_more_than_thirty_seconds_is_a_step(by_ms: int, step: timedelta | None) -> None:
    assert step_between(BEFORE, Seen("boot-a", 1_000_000 + by_ms)) == step


def test_how_long_the_machine_was_off_is_no_step() -> None:
    after = Seen("boot-b", 9_000_000)
    assert step_between(BEFORE, after) is None
    assert worth_storing(BEFORE, after)


def test_the_first_look_is_no_step() -> None:
    assert step_between(None, BEFORE) is None
    assert worth_storing(None, BEFORE)


def test_a_clock_kept_right_little_by_little_never_adds_up_to_a_step() -> None:
    assert not worth_storing(BEFORE, Seen("boot-a", 1_000_999))
    assert worth_storing(BEFORE, Seen("boot-a", 1_001_000))
