"""Where a share is put: whole GPUs stay whole, and every tie has a stated order."""

from fractions import Fraction

from hub.policy.board import lay_out
from hub.policy.gpus import Gpu, TakenSlot
from hub.policy.outcomes import Placement
from hub.policy.placement import choose
from hub.policy.profiles import Profile
from tests.policy.conftest import gpu, taken

ANY = Profile("any")


def place(
    gpus: list[Gpu], used: list[TakenSlot], share: str, profile: Profile = ANY
) -> Placement | None:
    """Choose slots for a share."""
    return choose(lay_out(tuple(gpus), used), profile, Fraction(share))


def uuids(placement: Placement | None) -> list[str]:
    """List the GPUs chosen."""
    assert placement is not None
    return [part.gpu_uuid for part in placement.slots]


def test_a_part_goes_to_the_gpu_with_the_least_room_that_fits() -> None:
    assert uuids(place([gpu(1), gpu(2)], taken(2, 0), "1/2")) == ["GPU-2"]


def test_a_tie_goes_to_the_first_node_then_the_first_uuid() -> None:
    gpus = [gpu(3, node="b"), gpu(2, node="a"), gpu(1, node="b")]
    assert uuids(place(gpus, [], "1/4")) == ["GPU-2"]


def test_the_lowest_free_slots_are_taken() -> None:
    placement = place([gpu(1)], taken(1, 0, 2), "1/2")
    assert placement is not None
    assert placement.slots[0].slots == (1, 3)


def test_a_gpu_of_too_few_slots_is_passed_over() -> None:
    assert uuids(place([gpu(1, slots=2), gpu(2)], [], "1/4")) == ["GPU-2"]


def test_several_gpus_are_taken_whole_from_the_node_with_the_fewest_free() -> None:
    gpus = [gpu(n, node="a") for n in (1, 2, 3)] + [gpu(n, node="b") for n in (4, 5)]
    assert uuids(place(gpus, [], "2")) == ["GPU-4", "GPU-5"]


def test_a_gpu_partly_taken_is_not_given_whole() -> None:
    assert place([gpu(1), gpu(2)], taken(1, 3), "2") is None


def test_the_profiles_first_kind_goes_first() -> None:
    gpus = [gpu(1, kind="small"), gpu(2, kind="big")]
    assert uuids(place(gpus, [], "1", Profile("p", kinds=("big", "small")))) == ["GPU-2"]


def test_nothing_fits_on_a_full_station() -> None:
    assert place([gpu(1)], taken(1, 0, 1, 2, 3), "1/4") is None
