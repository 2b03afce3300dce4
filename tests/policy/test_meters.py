"""The meter charges every millisecond once, by boot time, and stops where charges stop."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.policy.leases import Lease
from hub.policy.meters import Meter, Reading, begin, decayed, overrun_cost_ms, tick
from tests.policy.conftest import NOON, lease

UTC_ZONE = ZoneInfo("UTC")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
HOUR_MS = 3_600_000
BOOT_MS = 1_000_000


def at(moment: datetime, boot_id: str = "a", step: timedelta = timedelta()) -> Reading:
    """Read the clocks at a moment, the wall clock off by a step."""
    return Reading(moment + step, boot_id, BOOT_MS + (moment - NOON) // timedelta(milliseconds=1))


def run(
    held: Lease, *readings: Reading, counting: bool = True
) -> tuple[Meter, list[tuple[date, int]]]:
    """Read a lease that began at noon; gives its meter and every charge."""
    meter, charges = begin(at(NOON)), []
    for reading in readings:
        ticked = tick(held, meter, reading, counting, UTC_ZONE)
        meter = ticked.meter
        charges += ticked.charges
    return meter, charges


def test_half_a_gpu_for_an_hour_is_half_an_hour() -> None:
    meter, charges = run(lease(), at(NOON + HOUR))
    assert charges == [(date(2026, 11, 22), HOUR_MS // 2)]
    assert (meter.run_ms, meter.charged_ms, meter.overrun_ms) == (HOUR_MS, HOUR_MS // 2, 0)


def test_the_same_reading_twice_charges_once() -> None:
    _, charges = run(lease(), at(NOON + HOUR), at(NOON + HOUR))
    assert len(charges) == 1


def test_a_reading_that_comes_late_turns_no_meter_back() -> None:
    meter, _ = run(lease(), at(NOON + HOUR), at(NOON + MINUTE), at(NOON + HOUR))
    assert (meter.run_ms, meter.boot_ms) == (HOUR_MS, at(NOON + HOUR).boot_ms)


def test_nothing_is_charged_after_the_expiry_and_what_runs_on_is_overrun() -> None:
    meter, charges = run(lease(), at(NOON + 3 * HOUR), at(NOON + 5 * HOUR))
    assert sum(ms for _, ms in charges) == 2 * HOUR_MS
    assert overrun_cost_ms(lease(), meter) == HOUR_MS // 2


def test_nothing_is_charged_once_the_stop_was_acknowledged() -> None:
    stopped = lease(closing_at=NOON + MINUTE)
    meter, charges = run(stopped, at(NOON + HOUR), at(NOON + 2 * HOUR))
    assert sum(ms for _, ms in charges) == 30_000
    assert meter.overrun_ms == 0


def test_nothing_is_charged_for_the_gap_over_a_boot() -> None:
    meter, charges = run(
        lease(), at(NOON + MINUTE), at(NOON + HOUR, "b"), at(NOON + HOUR + MINUTE, "b")
    )
    assert sum(ms for _, ms in charges) == 2 * 60_000 // 2
    assert meter.boot_id == "b"


def test_nothing_is_charged_while_the_gpu_is_lost() -> None:
    meter, charges = run(lease(), at(NOON + HOUR), at(NOON + 5 * HOUR), counting=False)
    assert (charges, meter.run_ms, meter.overrun_ms) == ([], 0, 0)


@pytest.mark.parametrize("step", [timedelta(hours=2), timedelta(hours=-2), timedelta(days=-9000)])
def test_a_wall_clock_that_was_set_changes_no_charge(step: timedelta) -> None:
    readings = [at(NOON + n * MINUTE, step=step if n > 5 else timedelta()) for n in range(60 * 6)]
    meter, charges = run(lease(), *readings)
    assert sum(ms for _, ms in charges) == 2 * HOUR_MS
    assert {day for day, _ in charges} == {date(2026, 11, 22)}
    assert meter.at == NOON + 359 * MINUTE


@pytest.mark.parametrize("step", [timedelta(hours=2), timedelta(hours=-2)])
def test_a_lease_whose_times_were_moved_with_the_clock_is_charged_no_more(step: timedelta) -> None:
    held, meter, charged = lease(), begin(at(NOON)), 0
    for n in range(1, 60 * 8):
        if n == 30:
            moved = {k: getattr(held, k) + step for k in ("active_at", "expires_at", "opened_at")}
            held, meter = replace(held, **moved), replace(meter, at=meter.at + step)
        reading = at(NOON + n * MINUTE, step=step if n >= 30 else timedelta())
        ticked = tick(held, meter, reading, True, UTC_ZONE)
        meter, charged = ticked.meter, charged + sum(ms for _, ms in ticked.charges)
    assert charged == meter.charged_ms == 2 * HOUR_MS


def test_a_small_drift_of_the_wall_clock_is_followed() -> None:
    meter, _ = run(lease(), at(NOON + HOUR, step=timedelta(seconds=20)))
    assert meter.at == NOON + HOUR + timedelta(seconds=20)


def test_a_wall_clock_that_runs_slow_lets_nobody_run_longer_for_their_hours() -> None:
    readings = [at(NOON + n * MINUTE, step=-n * timedelta(seconds=20)) for n in range(60 * 9)]
    _, charges = run(lease(), *readings)
    assert sum(ms for _, ms in charges) == 2 * HOUR_MS


def test_a_wall_clock_behind_after_a_boot_does_not_turn_time_back() -> None:
    meter, charges = run(lease(), at(NOON + HOUR), at(NOON + HOUR, "b", -timedelta(days=9000)))
    assert meter.at == NOON + HOUR
    assert len(charges) == 1


def test_a_charge_over_midnight_goes_to_both_days() -> None:
    late = NOON + 11 * HOUR
    held = lease(active_at=late, expires_at=late + 4 * HOUR)
    ticked = tick(held, begin(at(late)), at(late + 2 * HOUR), True, UTC_ZONE)
    assert ticked.charges == (
        (date(2026, 11, 22), HOUR_MS // 2),
        (date(2026, 11, 23), HOUR_MS // 2),
    )


def test_no_tick_rounds_for_itself() -> None:
    seventh = lease(parts=57)
    steps = [at(NOON + n * timedelta(milliseconds=1)) for n in range(1, 2000)]
    meter, _ = run(seventh, *steps)
    assert meter.charged_ms == 57 * 1999 // 400


def test_a_lease_that_never_answered_is_not_charged() -> None:
    held = lease(active_at=None, expires_at=None)
    ticked = tick(held, begin(at(NOON)), at(NOON + HOUR), True, UTC_ZONE)
    assert ticked.charges == ()


@given(
    st.lists(st.integers(0, 5 * HOUR_MS), max_size=30),
    st.integers(0, 3200),
    st.integers(0, 4 * HOUR_MS),
    st.sampled_from(["UTC", "Asia/Shanghai", "America/St_Johns"]),
)
def test_any_pace_of_ticks_charges_the_floor_of_the_whole(
    steps: list[int], parts: int, minutes_late: int, zone: str
) -> None:
    began = NOON + timedelta(milliseconds=minutes_late)
    held = lease(parts=parts, active_at=began, expires_at=began + 4 * HOUR)
    meter = begin(at(began))
    moments = sorted(began + timedelta(milliseconds=ms) for ms in steps)
    charged = 0
    for moment in moments:
        before = meter
        ticked = tick(held, meter, at(moment), True, ZoneInfo(zone))
        meter = ticked.meter
        assert all(ms > 0 for _, ms in ticked.charges)
        assert all(a < b for (a, _), (b, _) in pairwise(ticked.charges))
        assert meter.seq == before.seq + bool(ticked.charges)
        charged += sum(ms for _, ms in ticked.charges)
    ran = max(steps, default=0)
    assert charged == meter.charged_ms == parts * min(ran, 4 * HOUR_MS) // 400


@given(
    st.lists(
        st.tuples(
            st.integers(0, HOUR_MS),
            st.integers(-3 * HOUR_MS, 3 * HOUR_MS),
            st.booleans(),
            st.sampled_from("abc"),
        ),
        max_size=25,
    )
)
def test_no_clock_and_no_boot_ever_charges_more_than_the_lease_may_cost(
    spans: list[tuple[int, int, bool, str]],
) -> None:
    held, meter, moment = lease(), begin(at(NOON)), NOON
    counted = 0
    for span, step, counting, boot in spans:
        moment += timedelta(milliseconds=span)
        reading = at(moment, boot, timedelta(milliseconds=step))
        ticked = tick(held, meter, reading, counting, UTC_ZONE)
        assert ticked.meter.at >= meter.at
        assert ticked.meter.charged_ms >= meter.charged_ms
        counted += sum(ms for _, ms in ticked.charges)
        meter = ticked.meter
    assert counted == meter.charged_ms == 200 * meter.run_ms // 400
    assert meter.run_ms <= 4 * HOUR_MS


def test_old_charges_fade_by_half_every_half_life() -> None:
    week = timedelta(days=7)
    assert decayed(8.0, NOON, NOON + 2 * week, week) == 2.0
    assert decayed(8.0, NOON, NOON - week, week) == 8.0
