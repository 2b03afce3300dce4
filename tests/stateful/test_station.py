"""Whatever happens to a station in whatever order, nothing is lost, doubled or promised twice."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import Station

CALM = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def test_a_short_life_in_any_order_keeps_every_invariant() -> None:
    run_state_machine_as_test(
        Station, settings=settings(CALM, max_examples=25, stateful_step_count=25)
    )


@pytest.mark.long
def test_a_long_life_in_any_order_keeps_every_invariant() -> None:
    run_state_machine_as_test(
        Station,
        settings=settings(CALM, max_examples=1000, stateful_step_count=60, derandomize=False),
    )
