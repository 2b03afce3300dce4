"""Whose turn it is: backfill behind a shadow that nobody delays."""

from dataclasses import replace
from fractions import Fraction

from hub.policy.queueing import next_turn, shadow_of, verdicts
from hub.policy.reasons import Reason
from hub.policy.tickets import Ticket
from tests.policy.conftest import gpu
from tests.policy.floors import HALF, QUARTER, WHOLE, at, floor_of, held, nothing, waits
from tests.policy.turns import codes, turn


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
