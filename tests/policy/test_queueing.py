"""Whose turn it is: backfill behind a shadow that nobody delays."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.queueing import next_turn, shadow_of, verdicts
from hub.policy.reasons import Reason
from hub.policy.reservations import Occurrence
from hub.policy.tickets import Queued, Ticket
from tests.policy.conftest import gpu
from tests.policy.floors import HALF, QUARTER, WHOLE, at, floor_of, held, nothing, waits


def turn(floor: Floor) -> int | None:
    """Give the ticket whose turn it is."""
    found = next_turn(floor, nothing)
    return found.ticket.id if found else None


def codes(floor: Floor) -> dict[int, list[str]]:
    """List the reasons of every ticket."""
    return {v.ticket.id: [r.code for r in v.reasons] for v in verdicts(floor, nothing)}


def test_the_first_in_line_starts_where_there_is_room() -> None:
    assert turn(floor_of(1, queue=(waits(1), waits(2)))) == 1


def test_nobody_starts_in_a_full_house() -> None:
    full = floor_of(1, held(1, 0, 1, 2, 3), queue=(waits(1),))
    assert turn(full) is None
    assert codes(full) == {1: ["gpu-busy"]}


def test_the_first_casts_its_shadow_at_the_earliest_sure_start() -> None:
    busy = floor_of(2, held(1, 0, 1, 2, 3, hours=3), held(2, 0, hours=2), queue=(waits(1, WHOLE),))
    shadow = shadow_of(busy, nothing)
    assert shadow is not None
    assert shadow.at == at(2)
    assert [part.gpu_uuid for part in shadow.slots] == ["GPU-2"]


def test_a_short_one_behind_starts_before_the_shadow() -> None:
    line = (waits(1, WHOLE, asked=-2), waits(2, HALF, hours=2, asked=-1))
    assert turn(floor_of(1, held(1, 0, hours=2), queue=line)) == 2


def test_a_long_one_behind_that_would_delay_the_first_waits() -> None:
    line = (waits(1, WHOLE, asked=-2), waits(2, HALF, hours=2.1, asked=-1))
    floor = floor_of(1, held(1, 0, hours=2), queue=line)
    assert turn(floor) is None
    assert codes(floor)[2] == ["waiting"]


def test_a_long_one_behind_starts_where_it_leaves_the_shadows_slots_alone() -> None:
    line = (waits(1, WHOLE, asked=-2), waits(2, QUARTER, hours=9, asked=-1))
    floor = floor_of(2, held(1, 0, hours=2), held(2, 0, 1, 2, hours=9), queue=line)
    found = next_turn(floor, nothing)
    assert found is not None
    assert found.ticket.id == 2
    assert found.grant.placement.slots[0].gpu_uuid == "GPU-2"


def test_whom_the_own_quota_hinders_keeps_the_place_and_hinders_nobody() -> None:
    def judge(ticket: Ticket) -> tuple[Reason, ...]:
        return (Reason("gpu-quota", "gpus"),) if ticket.id == 1 else ()

    floor = floor_of(1, queue=(waits(1, WHOLE, asked=-2), waits(2, WHOLE, asked=-1)))
    found = next_turn(floor, judge)
    assert found is not None
    assert found.ticket.id == 2
    first, second = verdicts(floor, judge)
    assert (first.position, first.hindered, first.reasons[0].code) == (1, True, "gpu-quota")
    assert (second.position, second.reasons) == (2, ())


def test_what_would_not_fit_an_empty_station_stands_in_nobodys_way() -> None:
    line = (waits(1, Fraction(2), asked=-2), waits(2, HALF, hours=9, asked=-1))
    assert turn(floor_of(1, held(1, 0), queue=line)) == 2


def test_whoever_wants_to_start_later_is_passed_over_until_then() -> None:
    later = waits(1, asked=-2, not_before=at(1))
    floor = floor_of(1, queue=(later, waits(2, asked=-1)))
    assert turn(floor) == 2
    assert codes(floor)[1] == ["waiting"]
    assert turn(replace(floor, now=at(1))) == 1


def test_another_groups_unused_guarantee_is_only_lent() -> None:
    mine = {"group:a": 400}
    lent = next_turn(floor_of(1, guarantees=mine, queue=(waits(1),)), nothing)
    assert lent is not None
    assert lent.grant.loan
    kept = floor_of(1, guarantees=mine, queue=(waits(1, preemptible=False),))
    assert turn(kept) is None
    own = next_turn(floor_of(1, guarantees=mine, queue=(waits(1, account="group:a"),)), nothing)
    assert own is not None
    assert not own.grant.loan


def test_common_ground_comes_before_what_is_lent() -> None:
    half = {"group:a": 200}
    found = next_turn(floor_of(1, guarantees=half, queue=(waits(1),)), nothing)
    assert found is not None
    assert not found.grant.loan


def test_one_who_may_not_borrow_is_not_overtaken_on_common_ground() -> None:
    """A later, smaller one may not eat up the common ground that the first waits for."""
    line = (
        waits(1, WHOLE, asked=-2, preemptible=False),
        waits(2, HALF, hours=9, asked=-1, preemptible=False),
    )
    floor = floor_of(2, held(1, 0, 1, hours=2), guarantees={"group:a": 400}, queue=line)
    shadow = shadow_of(floor, nothing)
    assert shadow is not None
    assert shadow.at == at(2)
    assert turn(floor) is None


def test_an_owner_starts_behind_one_who_waits_to_borrow() -> None:
    """A loan that is waited for counts on no common ground, so it takes none from an owner."""
    line = (
        waits(1, WHOLE, asked=-2),
        waits(2, QUARTER, hours=9, asked=-1, account="group:a", preemptible=False),
    )
    own = [
        *held(1, 0, hours=2, account="group:a"),
        *held(2, 0, 1, 2, 3, hours=9, account="group:a"),
        *held(3, 0, 1, 2, hours=9, account="group:a"),
    ]
    assert turn(floor_of(3, own, guarantees={"group:a": 1200}, queue=line)) == 2


def test_an_owner_is_not_held_up_by_one_who_may_not_borrow_because_of_them() -> None:
    owner = waits(2, QUARTER, asked=-1, account="group:a", preemptible=False)
    floor = floor_of(1, guarantees={"group:a": 100}, queue=(waits(1, WHOLE, asked=-2), owner))
    assert turn(floor) == 2


def test_a_reserved_window_keeps_others_from_running_into_it() -> None:
    window = Occurrence(1, "group:a", 400, at(1), at(3))
    floor = floor_of(1, occurrences=(window,), queue=(waits(1, WHOLE, hours=2),))
    assert turn(floor) is None
    assert codes(floor) == {1: ["reservation"]}
    assert turn(floor_of(1, occurrences=(window,), queue=(waits(1, WHOLE, hours=1),))) == 1
    whose = waits(1, WHOLE, hours=2, account="group:a")
    assert turn(floor_of(1, occurrences=(window,), queue=(whose,))) == 1


def test_reserved_and_unused_slots_are_lent_only_some_time_after_the_bell() -> None:
    rung = Occurrence(1, "group:a", 400, at(-0.1), at(3))
    assert turn(floor_of(1, occurrences=(rung,), queue=(waits(1),))) is None
    long_ago = replace(rung, since=at(-0.2))
    found = next_turn(floor_of(1, occurrences=(long_ago,), queue=(waits(1),)), nothing)
    assert found is not None
    assert found.grant.loan
    strict = floor_of(1, occurrences=(long_ago,), queue=(waits(1, preemptible=False),))
    assert turn(strict) is None


def test_who_waits_draws_on_their_groups_window_once_it_is_on() -> None:
    window = Occurrence(1, "group:class", 400, at(-0.1), at(3))
    member = replace(waits(1, WHOLE, hours=2, account="group:lab"), groups=("lab", "class"))
    floor = floor_of(1, occurrences=(window,), queue=(member,))
    found = next_turn(floor, nothing)
    assert found is not None
    assert (found.grant.account, found.grant.reservation_id) == ("group:class", 1)
    assert turn(replace(floor, now=at(-0.2))) is None
    full = floor_of(2, held(1, 0, account="group:class"), occurrences=(window,), queue=(member,))
    drawn = next_turn(full, nothing)
    assert drawn is None or drawn.grant.account == "group:lab"


def test_nothing_is_lent_into_a_window_that_begins_meanwhile() -> None:
    on = Occurrence(1, "group:a", 400, at(-0.2), at(0.5))
    coming = Occurrence(2, "group:b", 400, at(0.7), at(3))
    floor = floor_of(1, occurrences=(on, coming), queue=(waits(1),))
    assert turn(floor) is None
    assert turn(replace(floor, queue=(waits(1, hours=0.6),))) == 1


def test_a_bell_keeps_only_what_its_account_does_not_hold_yet() -> None:
    rung = Occurrence(1, "group:a", 200, at(-0.1), at(3))
    taken = held(1, 0, 1, account="group:a")
    more = {"group:b": 200}
    floor = floor_of(1, taken, occurrences=(rung,), guarantees=more, queue=(waits(1),))
    found = next_turn(floor, nothing)
    assert found is not None
    assert found.grant.loan


def test_one_who_waits_to_borrow_is_not_overtaken_by_longer_loans() -> None:
    line = (waits(1, WHOLE, asked=-2), waits(2, HALF, hours=9, asked=-1))
    floor = floor_of(1, held(1, 0, hours=2), guarantees={"group:a": 400}, queue=line)
    shadow = shadow_of(floor, nothing)
    assert shadow is not None
    assert (shadow.at, shadow.loan) == (at(2), True)
    assert turn(floor) is None


def test_people_are_not_mixed_on_a_gpu_whose_wall_is_too_weak() -> None:
    demand = {"group:a": "firm"}
    line = (waits(1, HALF, account="group:a"),)
    shared = floor_of(2, held(1, 0, 1), demands=demand, queue=line)
    found = next_turn(shared, nothing)
    assert found is not None
    assert found.grant.placement.slots[0].gpu_uuid == "GPU-2"
    alone = floor_of(1, held(1, 0, 1, account="group:a"), demands=demand, queue=(waits(1),))
    assert turn(alone) is None
    own = floor_of(1, held(1, 0, 1, account="group:a", person=1), demands=demand, queue=line)
    assert turn(own) == 1
    firm = replace(shared, gpus=(gpu(1, isolation="firm"), gpu(2)))
    strong = next_turn(firm, nothing)
    assert strong is not None
    assert strong.grant.placement.slots[0].gpu_uuid == "GPU-1"


def test_a_node_that_has_the_image_comes_first() -> None:
    floor = floor_of(2, queue=(waits(1, WHOLE),))
    apart = replace(floor, gpus=(gpu(1, node="a"), gpu(2, node="b")))
    for image_nodes, node in ((None, "a"), (frozenset({"b"}), "b"), (frozenset({"c"}), "a")):
        found = next_turn(replace(apart, image_nodes=image_nodes), nothing)
        assert found is not None
        assert found.grant.placement.node == node


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


def started(floor: Floor) -> Floor | None:
    """Start whose turn it is; None when it is nobody's."""
    found = next_turn(floor, nothing)
    if found is None:
        return None
    slots = tuple(
        TakenSlot(
            part.gpu_uuid,
            slot,
            floor.now + found.grant.duration,
            1000 + found.ticket.id,
            found.ticket.person_id,
            found.grant.account,
            found.grant.loan,
        )
        for part in found.grant.placement.slots
        for slot in part.slots
    )
    left: tuple[Queued, ...] = tuple(q for q in floor.queue if q.ticket.id != found.ticket.id)
    return replace(floor, taken=(*floor.taken, *slots), queue=left)


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
