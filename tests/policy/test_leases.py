"""When a lease expires, and which steps it may take."""

from datetime import timedelta

import pytest

from hub.policy.leases import State
from hub.policy.lifecycle import allowed_before, expired
from tests.policy.conftest import NOON, lease


def test_a_lease_expires_at_its_time_and_not_before() -> None:
    end = NOON + timedelta(hours=4)
    assert expired([lease()], end - timedelta(microseconds=1)) == []
    assert len(expired([lease()], end)) == 1


def test_a_closing_lease_does_not_expire_again() -> None:
    assert expired([lease(state=State.CLOSING)], NOON + timedelta(hours=9)) == []


@pytest.mark.parametrize(
    ("target", "before"),
    [
        (State.ACTIVE, {State.HELD}),
        (State.CLOSING, {State.HELD, State.ACTIVE}),
        (State.CLOSED, {State.CLOSING}),
        (State.HELD, set()),
    ],
)
def test_slots_go_only_from_closing_to_closed(target: State, before: set[State]) -> None:
    assert set(allowed_before(target)) == before
