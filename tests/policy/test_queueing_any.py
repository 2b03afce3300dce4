"""Whatever a line looks like: nobody is delayed, dealt twice, or passed over for ever."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.queueing import next_turn, shadow_of, verdicts
from tests.policy.floors import HALF, QUARTER, WHOLE, floor_of, held, nothing, waits
from tests.policy.turns import started

SHARES = st.sampled_from([QUARTER, HALF, WHOLE, Fraction(2)])


@st.composite
def floors(draw: st.DrawFn) -> Floor:
    """Draw a station of up to three GPUs, partly leased, where up to six people wait."""
    count = draw(st.integers(1, 3))
    taken: list[TakenSlot] = []
    for number in range(1, count + 1):
        for slot in range(draw(st.integers(0, 4))):
            hours = draw(st.integers(1, 6))
            account = draw(st.sampled_from(["site", "group:a"]))
            loan = draw(st.booleans())
            taken += held(number, slot, hours=hours, account=account, loan=loan)
    line = tuple(
        waits(
            n,
            draw(SHARES),
            hours=draw(st.integers(1, 8)),
            asked=-n,
            account=draw(st.sampled_from(["site", "group:a"])),
            preemptible=draw(st.booleans()),
        )
        for n in range(1, draw(st.integers(1, 6)) + 1)
    )
    guaranteed = draw(st.sampled_from([0, 100, 200, 400]))
    return floor_of(count, taken, queue=line, guarantees={"group:a": guaranteed})


@given(floors())
def test_whoever_starts_delays_the_first_in_line_by_nothing(floor: Floor) -> None:
    before = shadow_of(floor, nothing)
    after = started(floor)
    if before is None or after is None or before.wish.ticket is None:
        return
    waiting = {queued.ticket.id for queued in after.queue}
    if before.wish.ticket.id not in waiting:
        return
    later = shadow_of(after, nothing)
    assert later is None or later.wish.ticket is None or later.at <= before.at


@given(floors())
def test_no_slot_is_dealt_twice_and_promises_grow_only_within_what_is_there(floor: Floor) -> None:
    from hub.policy.amounts import promised_at  # noqa: PLC0415 - told apart from what is tested

    while (after := started(floor)) is not None:
        pairs = [(slot.gpu_uuid, slot.slot) for slot in after.taken]
        assert len(pairs) == len(set(pairs))
        assert promised_at(after, after.now) <= max(floor.healthy, promised_at(floor, floor.now))
        floor = after


@given(floors())
def test_everybody_who_could_ever_start_is_served_as_leases_end(floor: Floor) -> None:
    """Nobody starves: with every lease ending as promised the line runs empty."""
    for _ in range(40):
        while (after := started(floor)) is not None:
            floor = after
        ends = sorted({slot.until for slot in floor.taken if slot.until is not None})
        if not ends:
            break
        now = max(ends[0], floor.now + timedelta(minutes=1))
        kept = tuple(s for s in floor.taken if s.until is None or s.until > now)
        floor = replace(floor, now=now, taken=kept)
    for queued in floor.queue:
        alone = replace(floor, taken=(), queue=(queued,))
        assert next_turn(alone, nothing) is None


@pytest.mark.parametrize("share", [QUARTER, HALF, WHOLE])
def test_one_look_at_everybody_agrees_with_turn_after_turn(share: Fraction) -> None:
    line = tuple(waits(n, share, hours=n, asked=-n) for n in range(1, 9))
    floor = floor_of(2, held(1, 0, hours=3), queue=line)
    now = {v.ticket.id for v in verdicts(floor, nothing) if not v.reasons}
    turns = set()
    while (found := next_turn(floor, nothing)) is not None:
        turns.add(found.ticket.id)
        after = started(floor)
        assert after is not None
        floor = after
    assert now == turns
