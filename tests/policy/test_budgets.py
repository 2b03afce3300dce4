"""Budgets: every window a cost touches must hold its part, settled and held together."""

from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.policy.budgets import Budget, DaySum, budgets_of, days_of, judge, longest
from hub.policy.ceilings import Ceiling, Quota, Window
from hub.policy.windows import begin_of
from hub.policy.wording import say
from tests.policy.conftest import NOON
from tests.policy.test_meters import HOUR, HOUR_MS

ZONE = ZoneInfo("UTC")
SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
WHOLE = 400


def each(hours: float | Fraction, window: Window = "week", source: str = "site") -> Budget:
    """Make a budget of ann's own."""
    return Budget("gpu-hours-each", "user:ann", Ceiling(Fraction(hours), source, window))


def used(hours: float, held: float = 0, day: date = SUNDAY, scope: str = "user:ann"):  # type: ignore[no-untyped-def]
    """Make the sums of one day."""
    return {(scope, day): DaySum(int(hours * HOUR_MS), int(held * HOUR_MS))}


def test_without_a_budget_there_is_no_rule() -> None:
    assert judge((), used(99), WHOLE, NOON, HOUR, ZONE) == ()


def test_what_fits_exactly_is_admitted() -> None:
    assert judge([each(10)], used(5, 1), WHOLE, NOON, 4 * HOUR, ZONE) == ()


def test_settled_and_held_count_both() -> None:
    [reason] = judge([each(10)], used(5, 2), WHOLE, NOON, 4 * HOUR, ZONE)
    assert (reason.code, reason.rule, reason.who) == ("budget", "gpu-hours-each", "administrator")
    assert dict(reason.numbers) == {
        "ceiling": 10,
        "from": "site",
        "window": "week",
        "settled": 5,
        "held": 2,
        "asked": 4,
        "renews": "2026-11-23",
    }
    assert reason.soonest == begin_of(MONDAY, ZONE)


def test_a_cost_over_the_edge_of_a_window_has_to_fit_in_both() -> None:
    late = NOON + 10 * HOUR
    before = used(9) | used(9, day=MONDAY)
    assert judge([each(11)], before, WHOLE, late, 4 * HOUR, ZONE) == ()
    [first] = judge([each(11)], used(10), WHOLE, late, 4 * HOUR, ZONE)
    assert (first.numbers["asked"], first.numbers["renews"]) == (2, "2026-11-23")
    [second] = judge([each(11)], used(0, 10, MONDAY), WHOLE, late, 4 * HOUR, ZONE)
    assert (second.numbers["held"], second.numbers["renews"]) == (10, "2026-11-30")


def test_every_budget_that_fails_is_a_reason() -> None:
    group = Budget("gpu-hours", "group:field-lab", Ceiling(Fraction(1), "group:field-lab", "day"))
    reasons = judge([each(1), group], {}, WHOLE, NOON, 2 * HOUR, ZONE)
    assert [reason.rule for reason in reasons] == ["gpu-hours-each", "gpu-hours"]


def test_what_an_empty_window_would_not_hold_has_no_soonest() -> None:
    [reason] = judge([each(1, "day")], {}, WHOLE, NOON, 2 * HOUR, ZONE)
    assert (reason.soonest, reason.numbers["renews"]) == (None, "2026-11-23")


@pytest.mark.parametrize("limit", [0, -5])
def test_a_budget_of_nothing_or_less_holds_nothing_but_servers_without_a_gpu(limit: int) -> None:
    assert len(judge([each(limit)], {}, 1, NOON, HOUR, ZONE)) == 1
    assert judge([each(limit)], {}, 0, NOON, HOUR, ZONE) == ()


def test_a_fraction_of_a_millisecond_costs_nothing() -> None:
    assert judge([each(0)], {}, WHOLE, NOON, timedelta(microseconds=999), ZONE) == ()
    assert len(judge([each(0)], {}, WHOLE, NOON, timedelta(milliseconds=1), ZONE)) == 1


def test_a_lowered_budget_leaves_nothing_and_never_less() -> None:
    [reason] = judge([each(1)], used(5), 1, NOON, timedelta(seconds=1), ZONE)
    assert reason.numbers["settled"] == 5
    assert longest([each(1)], used(5), WHOLE, NOON, HOUR, ZONE) == timedelta()


def test_the_nearest_value_for_each_and_every_value_for_all() -> None:
    def quota(hours: int) -> Quota:
        return Quota(Fraction(hours), "week")

    known = {
        ("site", "gpu_hours_each"): quota(10),
        ("user:ann", "gpu_hours_each"): quota(20),
        ("site", "gpu_hours"): quota(100),
        ("group:field-lab", "gpu_hours"): quota(50),
        ("group:visitors", "gpu_hours"): quota(1),
    }
    found = budgets_of(known, "ann", "group:field-lab")
    assert [(b.rule, b.scope, b.ceiling.value) for b in found] == [
        ("gpu-hours-each", "user:ann", 20),
        ("gpu-hours", "group:field-lab", 50),
        ("gpu-hours", "site", 100),
    ]


def test_the_sums_needed_are_those_of_every_window_touched() -> None:
    late = NOON + 10 * HOUR
    assert days_of([each(1)], late, 4 * HOUR, ZONE) == (date(2026, 11, 16), date(2026, 11, 29))
    assert days_of([], late, HOUR, ZONE) == (SUNDAY, SUNDAY)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_somebody_over_budget_reads_which_how_much_and_when(language: str) -> None:
    [reason] = judge([each(10)], used(5, 2), WHOLE, NOON, 4 * HOUR, ZONE)
    told = say(reason, language, ZONE)
    for number in ("10", "5", "2", "4", "site", "2026-11-23"):
        assert number in told
    assert ("week" in told) == (language == "en")


windows = st.sampled_from(["day", "week", "month", "year"])


@given(
    st.integers(0, 60_000),
    windows,
    st.integers(1, 3200),
    st.integers(0, 30 * HOUR_MS),
    st.dictionaries(
        st.dates(SUNDAY - timedelta(days=8), SUNDAY + timedelta(days=9)), st.integers(0, 10**7)
    ),
)
def test_the_longest_that_would_pass_passes_and_no_millisecond_more(
    milli: int, window: Window, parts: int, asked_ms: int, days: dict[date, int]
) -> None:
    budgets = [each(Fraction(milli, 1000), window)]
    sums = {("user:ann", day): DaySum(ms, ms // 2) for day, ms in days.items()}
    at_most = timedelta(milliseconds=asked_ms)
    found = longest(budgets, sums, parts, NOON, at_most, ZONE)
    assert timedelta() <= found <= at_most
    assert judge(budgets, sums, parts, NOON, found, ZONE) == ()
    if found < at_most:
        more = found + timedelta(milliseconds=1)
        assert judge(budgets, sums, parts, NOON, more, ZONE) != ()
