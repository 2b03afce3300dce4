"""What a lease costs, when it expires, and which steps it may take."""

from datetime import timedelta

import pytest

from hub.policy.leases import State, charge_ms, escrow_ms
from hub.policy.lifecycle import allowed_before, expired
from tests.policy.conftest import NOON, lease

HOUR_MS = 3_600_000


def test_a_lease_costs_its_weighed_share_from_its_first_answer() -> None:
    assert charge_ms(lease(), NOON + timedelta(hours=1)) == HOUR_MS // 2


def test_nothing_is_charged_past_the_expiry() -> None:
    assert charge_ms(lease(), NOON + timedelta(hours=9)) == 2 * HOUR_MS


def test_a_lease_that_never_answered_costs_nothing() -> None:
    never = lease(state=State.HELD, active_at=None, expires_at=None)
    assert charge_ms(never, NOON + timedelta(hours=1)) == 0


def test_a_clock_that_went_back_gives_no_money_back() -> None:
    assert charge_ms(lease(), NOON - timedelta(hours=1)) == 0


def test_the_whole_possible_cost_is_what_the_full_time_costs() -> None:
    assert escrow_ms(lease()) == 2 * HOUR_MS


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
