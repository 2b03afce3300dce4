"""Escrow holds the whole possible cost by day, exactly, and never less than nothing."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.policy.escrow import cost_by_day, hold
from hub.policy.leases import State
from hub.policy.meters import Meter, begin, tick
from hub.policy.windows import begin_of
from tests.policy.conftest import NOON, lease
from tests.policy.test_meters import BOOT_MS, HOUR, HOUR_MS, at

ZONE = ZoneInfo("UTC")
SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
LATE = NOON + 10 * HOUR


def held_lease(opened: datetime = NOON, **changes: object):  # type: ignore[no-untyped-def]
    """Make a lease that did not answer yet."""
    plain = {"state": State.HELD, "active_at": None, "expires_at": None, "opened_at": opened}
    return lease(**plain | changes)


def test_a_cost_over_midnight_is_split_at_it() -> None:
    days = cost_by_day(200, LATE, LATE + 4 * HOUR, ZONE)
    assert days == {SUNDAY: HOUR_MS, MONDAY: HOUR_MS}


def test_a_cost_is_split_at_the_stations_own_midnight() -> None:
    days = cost_by_day(400, NOON + 3 * HOUR, NOON + 5 * HOUR, ZoneInfo("Asia/Shanghai"))
    assert days == {SUNDAY: HOUR_MS, MONDAY: HOUR_MS}


def test_a_day_of_25_hours_costs_25_hours() -> None:
    zone = ZoneInfo("Europe/Berlin")
    since = begin_of(date(2026, 10, 25), zone)
    days = cost_by_day(400, since, since + 49 * HOUR, zone)
    assert list(days.values()) == [25 * HOUR_MS, 24 * HOUR_MS]


def test_the_whole_possible_cost_is_held_from_the_opening() -> None:
    assert hold(held_lease(LATE), None, ZONE) == {SUNDAY: HOUR_MS, MONDAY: HOUR_MS}


def test_from_the_first_answer_on_it_is_split_anew() -> None:
    active = lease(active_at=LATE + HOUR, expires_at=LATE + 5 * HOUR)
    assert hold(active, begin(at(LATE + HOUR)), ZONE) == {
        SUNDAY: HOUR_MS // 2,
        MONDAY: 3 * HOUR_MS // 2,
    }


def test_what_was_charged_is_held_no_more() -> None:
    ticked = tick(lease(), begin(at(NOON)), at(NOON + HOUR), True, ZONE)
    assert hold(lease(), ticked.meter, ZONE) == {SUNDAY: 3 * HOUR_MS // 2}


def test_time_that_did_not_count_is_held_no_more() -> None:
    ticked = tick(lease(), begin(at(NOON)), at(NOON + HOUR), False, ZONE)
    assert hold(lease(), ticked.meter, ZONE) == {SUNDAY: 3 * HOUR_MS // 2}


def test_an_extension_holds_more() -> None:
    longer = lease(expires_at=NOON + 6 * HOUR, duration=6 * HOUR)
    assert hold(longer, begin(at(NOON)), ZONE) == {SUNDAY: 3 * HOUR_MS}


@pytest.mark.parametrize(
    "ended",
    [
        lease(state=State.CLOSED, closing_at=NOON + HOUR),
        lease(state=State.CLOSING, closing_at=NOON),
        held_lease(state=State.CLOSING, closing_at=NOON),
        lease(parts=0),
    ],
)
def test_what_costs_nothing_more_holds_nothing(ended) -> None:  # type: ignore[no-untyped-def]
    meter = None if ended.active_at is None else begin(at(NOON))
    assert hold(ended, meter, ZONE) == {}


def test_no_more_is_held_than_the_lease_may_still_run() -> None:
    """As when its times and its meter disagree because only one of them was moved."""
    behind = Meter("a", BOOT_MS, NOON - 9 * HOUR, run_ms=HOUR_MS, charged_ms=HOUR_MS // 2)
    assert sum(hold(lease(), behind, ZONE).values()) == 3 * HOUR_MS // 2


@given(
    st.integers(0, 3200),
    st.integers(0, 10**9),
    st.timedeltas(timedelta(), timedelta(days=4)),
    st.integers(0, 10**8),
    st.sampled_from(["UTC", "Asia/Shanghai", "America/St_Johns", "Europe/Berlin"]),
)
def test_the_days_sum_to_the_whole_cost_rounded_down_once(
    parts: int, offset_s: int, span: timedelta, run_ms: int, zone: str
) -> None:
    since = NOON - timedelta(seconds=offset_s)
    days = cost_by_day(parts, since, since + span, ZoneInfo(zone), run_ms)
    assert all(cost > 0 for cost in days.values())
    whole = parts * (run_ms + span // timedelta(milliseconds=1)) // 400
    assert sum(days.values()) == whole - parts * run_ms // 400


@given(st.lists(st.tuples(st.integers(0, HOUR_MS), st.booleans()), max_size=20))
def test_charged_and_held_never_exceed_the_whole_cost(ticks: list[tuple[int, bool]]) -> None:
    active = lease(active_at=LATE, expires_at=LATE + 4 * HOUR, parts=57)
    meter, moment = begin(at(LATE)), LATE
    whole = 57 * 4 * HOUR_MS // 400
    for span, counting in ticks:
        moment += timedelta(milliseconds=span)
        before = hold(active, meter, ZONE)
        ticked = tick(active, meter, at(moment), counting, ZONE)
        meter = ticked.meter
        held = hold(active, meter, ZONE)
        assert meter.charged_ms + sum(held.values()) <= whole
        assert all(ms <= before.get(day, 0) + 1 for day, ms in ticked.charges)
