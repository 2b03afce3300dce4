"""What is promised to whom: guarantees on what is healthy, in whole slots, and each claim once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.policy.amounts import effective_guarantees, held_at, promised, promised_at, reserved_at
from hub.policy.floor import Floor
from hub.policy.gpus import Gpu, Health, TakenSlot
from hub.policy.guarantees import above_capacity, holds_from
from hub.policy.reservations import Occurrence
from tests.policy.conftest import NOON, gpu, taken

HOUR = timedelta(hours=1)
A, B = "group:a", "group:b"


def floor(*gpus: Gpu, slots: tuple[TakenSlot, ...] = (), **guarantees: int) -> Floor:
    """Make a floor of these GPUs with guarantees in parts."""
    owed = {f"group:{name}": parts for name, parts in guarantees.items()}
    return Floor(NOON, gpus, slots, "local", guarantees=owed)


def held(number: int, *slots: int, by: str = A, hours: float = 2) -> tuple[TakenSlot, ...]:
    """Take slots of a GPU for an account."""
    return tuple(replace(slot, account=by) for slot in taken(number, *slots, hours=hours))


def test_a_guarantee_counts_as_set_while_every_gpu_is_healthy() -> None:
    assert effective_guarantees(floor(gpu(1), gpu(2), a=450, b=3)) == {A: 450, B: 3}


@pytest.mark.parametrize(("sick", "left"), [(1, 400), (2, 300), (3, 100), (4, 0)])
def test_on_lost_gpus_it_counts_in_proportion_rounded_down_to_a_slot(sick: int, left: int) -> None:
    gpus = [gpu(n, health="fault" if n <= sick else "ok") for n in range(1, 5)]
    assert effective_guarantees(floor(*gpus, a=600)) == {A: left}


@pytest.mark.parametrize("health", ["fault", "unknown"])
def test_a_gpu_of_which_nothing_is_known_is_lost_too(health: Health) -> None:
    assert effective_guarantees(floor(gpu(1), gpu(2, health=health), a=400)) == {A: 200}


def test_gpus_that_were_taken_out_for_good_are_lost_too() -> None:
    assert effective_guarantees(floor(gpu(1), a=400, b=400)) == {A: 200, B: 200}
    assert effective_guarantees(floor(a=400)) == {A: 0}


def test_effective_guarantees_never_sum_above_what_is_healthy() -> None:
    gpus = [gpu(n, slots=s, weight=w) for n, s, w in ((1, 4, 100), (2, 2, 57), (3, 1, 14))]
    station = floor(*gpus, a=400, b=284)
    for lost in range(3):
        sick = [replace(g, health="fault") if n <= lost else g for n, g in enumerate(gpus)]
        after = replace(station, gpus=tuple(sick))
        assert sum(effective_guarantees(after).values()) <= after.healthy


def test_a_slice_counts_by_its_weight() -> None:
    sliced = gpu(1, slots=1, weight=14, sliced=True)
    assert (floor(sliced).nominal, floor(sliced).smallest_slot) == (56, 56)


def test_what_an_account_holds_is_summed_without_loans_until_each_lease_ends() -> None:
    lent = tuple(replace(slot, loan=True) for slot in held(2, 0, 1))
    slots = (*held(1, 0, 1, hours=2), *held(1, 2, hours=3), *lent)
    station = floor(gpu(1), gpu(2), slots=slots)
    found = [dict(held_at(station, NOON + n * HOUR)).get(A, 0) for n in (0, 1, 2, 3)]
    assert found == [300, 300, 100, 0]


def test_a_lease_of_unknown_end_is_taken_to_run_on() -> None:
    slots = tuple(replace(slot, until=None) for slot in held(1, 0))
    assert held_at(floor(gpu(1), slots=slots), NOON + 1000 * HOUR) == {A: 100}


def test_a_reserved_window_counts_from_its_beginning_until_its_end() -> None:
    window = Occurrence(1, A, 200, NOON + HOUR, NOON + 2 * HOUR)
    station = replace(floor(gpu(1)), occurrences=(window, replace(window, parts=100)))
    found = [reserved_at(station, NOON + n * HOUR).get(A, 0) for n in (0, 1, 2)]
    assert found == [0, 300, 0]


def test_each_account_counts_with_the_largest_of_what_it_holds_and_is_owed() -> None:
    assert promised({A: 100, B: 300}, {A: 200}, {A: 150, B: 50}) == 500


def test_what_is_promised_at_a_moment_counts_leases_windows_and_guarantees() -> None:
    station = replace(
        floor(gpu(1), gpu(2), slots=held(1, 0, 1, 2, by=B), a=100, b=100),
        occurrences=(Occurrence(1, A, 400, NOON + HOUR, NOON + 2 * HOUR),),
    )
    found = [promised_at(station, NOON + n * HOUR) for n in (0, 1, 2)]
    assert found == [400, 700, 200]


def test_guarantees_may_sum_up_to_all_gpus_and_no_further() -> None:
    assert not above_capacity({A: 300, B: 100}, 400)
    assert above_capacity({A: 301, B: 100}, 400)


def test_a_guarantee_with_nothing_in_its_way_holds_now() -> None:
    assert holds_from(floor(gpu(1), slots=held(1, 0, by=B), a=300)) == NOON


def test_a_guarantee_holds_once_enough_of_the_leases_in_its_way_have_ended() -> None:
    slots = (*held(1, 0, by=B, hours=1), *held(1, 1, by=B, hours=2), *held(1, 2, by=B, hours=3))
    assert holds_from(floor(gpu(1), slots=slots, a=200)) == NOON + HOUR
    assert holds_from(floor(gpu(1), slots=slots, a=400)) == NOON + 3 * HOUR


def test_loans_and_the_accounts_own_leases_are_not_in_its_way() -> None:
    lent = tuple(replace(slot, loan=True) for slot in held(1, 0, 1, by=B))
    slots = (*lent, *held(1, 2, 3, by=A))
    assert holds_from(floor(gpu(1), slots=slots, a=400)) == NOON


def test_a_window_in_its_way_has_to_be_over() -> None:
    window = Occurrence(1, B, 200, NOON + HOUR, NOON + 5 * HOUR)
    station = replace(floor(gpu(1), a=300), occurrences=(window,))
    assert holds_from(station) == NOON + 5 * HOUR


def test_behind_a_lease_of_unknown_end_nobody_knows_when_it_holds() -> None:
    slots = tuple(replace(slot, until=None) for slot in held(1, 0, by=B))
    assert holds_from(floor(gpu(1), slots=slots, a=400)) is None
