"""Who is interrupted so that a guarantee is returned: as few people as possible, or nobody."""

from dataclasses import replace
from fractions import Fraction
from time import perf_counter

import pytest

from hub.policy.board import lay_out
from hub.policy.leases import State
from hub.policy.placement import choose
from hub.policy.profiles import Profile
from hub.policy.reclaim import Reclaim
from hub.policy.reservations import Occurrence
from hub.policy.victims import Lent, cheapest
from tests.policy.lent import (
    HOUR,
    MINUTE,
    NOON,
    OTHERS,
    OWNER,
    chosen,
    floor,
    gpu,
    lease,
    victims,
    wish,
)


def test_one_person_is_interrupted_rather_than_two() -> None:
    loans = [lease(1, 11, (0, (0, 1))), lease(2, 12, (0, (2, 3))), lease(3, 13, (1, (0, 1, 2, 3)))]
    assert chosen(victims(floor([gpu(0), gpu(1)], loans), loans, wish("1"))) == [3]


def test_two_loans_of_one_person_go_rather_than_one_of_each_of_two() -> None:
    loans = [
        lease(1, 11, (0, (0, 1))),
        lease(2, 12, (0, (2, 3))),
        lease(3, 13, (1, (0, 1))),
        lease(4, 13, (1, (2, 3))),
    ]
    assert chosen(victims(floor([gpu(0), gpu(1)], loans), loans, wish("1"))) == [3, 4]


def test_among_as_few_people_the_least_gpu_time_is_lost() -> None:
    long = lease(1, 11, (0, (0, 1, 2, 3)))
    short = replace(lease(2, 12, (1, (0, 1, 2, 3))), expires_at=NOON + HOUR)
    loans = [long, short]
    assert chosen(victims(floor([gpu(0), gpu(1)], loans), loans, wish("0.25"))) == [2]


def test_gpu_time_lost_counts_how_much_of_a_gpu_it_is() -> None:
    big = lease(1, 11, (0, (0, 1, 2, 3)))
    small = [lease(2, 12, (1, (0,))), lease(3, 13, (1, (1, 2, 3)))]
    loans = [big, *small]
    assert chosen(victims(floor([gpu(0), gpu(1)], loans), loans, wish("0.25"))) == [2]


def test_among_equals_the_oldest_loan_goes() -> None:
    young = lease(1, 11, (0, (0, 1, 2, 3)))
    old = replace(lease(2, 12, (1, (0, 1, 2, 3))), opened_at=NOON - 2 * HOUR)
    assert chosen(victims(floor([gpu(0), gpu(1)], [young, old]), [young, old], wish("1"))) == [2]


def test_nobody_is_interrupted_where_no_set_of_loans_makes_room() -> None:
    owned = replace(lease(1, 11, (0, (0,))), loan=False)
    loan = lease(2, 12, (0, (1, 2, 3)))
    assert victims(floor([gpu(0)], [owned, loan]), [owned, loan], wish("1")) is None


def test_nothing_is_taken_back_beyond_the_guarantee() -> None:
    loans = [lease(1, 11, (0, (0, 1, 2, 3)))]
    assert victims(floor([gpu(0)], loans, guarantee=199), loans, wish("0.5")) is None
    assert chosen(victims(floor([gpu(0)], loans, guarantee=200), loans, wish("0.5"))) == [1]


def test_what_the_account_holds_already_is_counted_against_its_guarantee() -> None:
    own = replace(lease(1, 1, (0, (0, 1))), account=OWNER, loan=False)
    loans = [own, lease(2, 11, (0, (2, 3)))]
    assert victims(floor([gpu(0)], loans, guarantee=300), loans, wish("0.5")) is None
    assert chosen(victims(floor([gpu(0)], loans, guarantee=400), loans, wish("0.5"))) == [2]


def test_after_half_the_gpus_are_lost_half_the_guarantee_is_returned() -> None:
    lost = replace(gpu(1), health="fault")
    loans = [lease(1, 11, (0, (0, 1))), lease(2, 12, (0, (2, 3)))]
    station = floor([gpu(0), lost], loans, guarantee=400)
    assert victims(station, loans, wish("0.75")) is None
    assert chosen(victims(station, loans, wish("0.5"))) == [1]


def test_in_its_window_a_reservation_is_owed_like_a_guarantee() -> None:
    loans = [lease(1, 11, (0, (0, 1, 2, 3)))]
    window = Occurrence(7, OWNER, 400, NOON - MINUTE, NOON + HOUR)
    assert victims(floor([gpu(0)], loans, 0), loans, wish("1")) is None
    station = floor([gpu(0)], loans, 0, occurrences=(window,))
    assert chosen(victims(station, loans, wish("1"))) == [1]


def test_a_loan_is_taken_back_after_notice_and_minimum_run_whichever_is_later() -> None:
    for ran, left in ((60, 10), (20, 10), (19, 11), (0, 30)):
        loan = replace(lease(1, 11, (0, (0, 1, 2, 3))), active_at=NOON - ran * MINUTE)
        found = victims(floor([gpu(0)], [loan]), [loan], wish("1"))
        assert found is not None
        assert found.victims == ((1, NOON + left * MINUTE),)


def test_a_lent_seat_is_taken_back_at_once_and_an_older_loan_with_notice() -> None:
    bell = NOON - 30 * MINUTE
    seat = replace(lease(1, 11, (0, (0, 1, 2, 3))), opened_at=bell, active_at=bell)
    for loan, at in ((seat, NOON), (lease(1, 11, (0, (0, 1, 2, 3))), NOON + 10 * MINUTE)):
        found = victims(floor([gpu(0)], [loan]), [loan], wish("1"), bell)
        assert found is not None
        assert found.victims == ((1, at),)


def test_a_lent_seat_under_notice_is_taken_back_at_once_too() -> None:
    bell = NOON - 30 * MINUTE
    seat = replace(lease(1, 11, (0, (0, 1, 2, 3))), opened_at=bell, reclaim_at=NOON + 9 * MINUTE)
    found = victims(floor([gpu(0)], [seat]), [seat], wish("1"), bell)
    assert found is not None
    assert found.victims == ((1, NOON),)


@pytest.mark.parametrize(
    "ending",
    [
        {"reclaim_at": NOON + 20 * MINUTE},
        {"state": State.CLOSING},
        {"expires_at": NOON + 10 * MINUTE},
        {"expires_at": NOON + 10 * MINUTE, "loan": False},
    ],
)
def test_nobody_else_is_interrupted_where_something_ends_anyway(ending: dict[str, object]) -> None:
    first = replace(lease(1, 11, (0, (0, 1, 2, 3))), **ending)  # type: ignore[arg-type]
    loans = [first, lease(2, 12, (1, (0, 1, 2, 3)))]
    found = victims(floor([gpu(0), gpu(1)], loans), loans, wish("1"))
    assert found == Reclaim((), replace_slots("GPU-000"))


def replace_slots(uuid: str):  # type: ignore[no-untyped-def]  # the placement of a whole GPU
    """Give a placement on one whole GPU."""
    return choose(lay_out([replace(gpu(0), uuid=uuid)], ()), Profile("notebook"), Fraction(1))


def test_a_lease_that_keeps_going_is_not_counted_on_to_end() -> None:
    going = replace(
        lease(1, 11, (0, (0, 1, 2, 3))), expires_at=NOON + MINUTE, keep_going=True, loan=False
    )
    assert victims(floor([gpu(0)], [going]), [going], wish("1")) is None


def test_a_start_on_its_way_is_not_interrupted() -> None:
    held = replace(lease(1, 11, (0, (0, 1, 2, 3))), state=State.HELD, active_at=None)
    assert victims(floor([gpu(0)], [held]), [held], wish("1")) is None


def test_several_gpus_come_from_the_node_where_the_fewest_people_are_interrupted() -> None:
    gpus = [gpu(0, "a"), gpu(1, "a"), gpu(2, "b"), gpu(3, "b"), gpu(4, "b")]
    every = (0, 1, 2, 3)
    loans = [
        lease(1, 11, (0, every)),
        lease(2, 12, (1, every)),
        lease(3, 13, (2, every)),
        lease(4, 14, (3, every)),
        lease(5, 13, (4, every)),
    ]
    found = victims(floor(gpus, loans), loans, wish("2"))
    assert chosen(found) == [3, 5]
    assert found is not None
    assert [part.gpu_uuid for part in found.placement.slots] == ["GPU-002", "GPU-004"]


def test_a_wall_demanded_between_people_clears_the_rest_of_the_gpu() -> None:
    loans = [lease(1, 11, (0, (0,))), lease(2, 12, (0, (1,)))]
    open_house = floor([gpu(0)], loans)
    assert chosen(victims(open_house, loans, wish("0.5"))) == []
    walled = floor([gpu(0)], loans, demands={OWNER: "firm"})
    assert chosen(victims(walled, loans, wish("0.5"))) == [1, 2]
    theirs = floor([gpu(0)], loans, demands={OTHERS: "firm"})
    assert chosen(victims(theirs, loans, wish("0.5"))) == [1, 2]
    firm = floor([gpu(0, isolation="firm")], loans, demands={OWNER: "firm"})
    assert chosen(victims(firm, loans, wish("0.5"))) == []


def test_only_kinds_the_profile_takes_are_cleared_in_its_order() -> None:
    gpus = [gpu(0, kind="Old"), gpu(1, kind="New"), gpu(2, kind="Other")]
    loans = [lease(n + 1, 11 + n, (n, (0, 1, 2, 3))) for n in range(3)]
    assert chosen(victims(floor(gpus, loans), loans, wish("1", "New", "Old"))) == [2]


def test_a_broken_gpu_is_not_cleared() -> None:
    broken = replace(gpu(0), health="fault")
    loans = [lease(1, 11, (0, (0, 1, 2, 3)))]
    assert victims(floor([broken, gpu(1, "b")], loans), loans, wish("2")) is None


def test_beyond_what_can_be_tried_the_cheapest_next_place_is_taken() -> None:
    loans = [replace(lease(n, n, (n, (0,))), parts=100 + n) for n in range(1, 41)]
    lent = Lent(floor([gpu(n) for n in range(1, 41)], loans), loans)
    sets = [frozenset({loan.id}) for loan in reversed(loans)]
    (found,) = cheapest(lent, sets, 10)
    assert sorted(found) == list(range(30, 40))


def test_a_thousand_gpus_are_searched_quickly() -> None:
    gpus = [gpu(n, f"node-{n // 8:03}") for n in range(1000)]
    loans = [lease(4 * n + s, 4 * n + s, (n, (s,))) for n in range(1000) for s in range(4)]
    station = floor(gpus, loans)
    for share in ("1", "4"):
        began = perf_counter()
        assert len(chosen(victims(station, loans, wish(share)))) == 4 * int(share)
        assert perf_counter() - began < 2
