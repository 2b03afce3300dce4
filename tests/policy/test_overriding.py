"""Which leases give way to an administrator's reservation."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policy.claims import Claimed, Unclaimed, claim
from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.overriding import make_room, without
from hub.policy.reserving import find_clash
from tests.policy.conftest import gpu
from tests.policy.reserved import UTC_ZONE, at, floor, held, reserved, window, wish


def quarters(
    lease: int, *slots: int, until: float, person: int = 0, gpu: int = 1
) -> list[TakenSlot]:
    """Take quarters of a GPU for a lease of its own person."""
    return [TakenSlot(f"GPU-{gpu}", slot, at(until), lease, person or lease) for slot in slots]


def test_nothing_gives_way_where_there_is_room() -> None:
    room = make_room(floor(held(1, until=9)), wish(1, window(1, 3)))
    assert (room.shortened, room.clash) == ((), None)


def test_a_lease_in_the_way_ends_when_the_window_begins() -> None:
    room = make_room(floor(held(1, until=9, lease=5)), wish(2, window(1, 3)))
    (gone,) = room.shortened
    assert (gone.lease_id, gone.parts, gone.until, gone.cut) == (5, 400, at(9), at(1))
    assert room.clash is None


def test_no_lease_ends_before_its_notice_is_over() -> None:
    (gone,) = make_room(floor(held(1, until=9)), wish(2, window(0, 3))).shortened
    assert gone.cut == at(1 / 6)


def test_only_as_many_give_way_as_are_needed() -> None:
    station = floor(held(1, until=9), held(2, until=9))
    assert len(make_room(station, wish(1, window(1, 3))).shortened) == 1


def test_one_person_gives_way_rather_than_two() -> None:
    station = floor(
        quarters(1, 0, 1, until=2), quarters(2, 2, 3, until=2), held(2, until=9, lease=3)
    )
    room = make_room(station, wish(1, window(1, 3)))
    assert [gone.lease_id for gone in room.shortened] == [3]


def test_among_equals_the_one_who_loses_least_gpu_time_gives_way() -> None:
    station = floor(held(1, until=9, lease=1), held(2, until=4, lease=2))
    room = make_room(station, wish(1, window(1, 3)))
    assert [gone.lease_id for gone in room.shortened] == [2]


def test_of_one_persons_leases_only_the_needed_ones_give_way() -> None:
    station = floor(
        quarters(1, 0, until=9, person=4),
        quarters(2, 1, 2, 3, until=9, person=4),
        held(2, until=9, lease=3),
    )
    room = make_room(station, wish(0.25, window(1, 3)))
    assert len(room.shortened) == 1


def test_a_lease_that_turned_out_not_to_be_needed_is_left_alone() -> None:
    own = [replace(slot, account="group:visitors") for slot in quarters(1, 0, 1, 2, until=9)]
    others = quarters(2, 0, 1, until=9, person=1, gpu=2)
    station = floor(own, others, guarantees={"group:visitors": 200})
    room = make_room(station, wish(1.25, window(1, 3)))
    assert [gone.lease_id for gone in room.shortened] == [2]


def test_a_lease_runs_on_to_where_another_reservation_within_the_window_begins() -> None:
    station = floor(held(1, until=9), occurrences=(reserved(1, 2, 3),))
    (gone,) = make_room(station, wish(1, window(1, 4))).shortened
    assert gone.cut == at(2)


def test_a_later_window_that_no_lease_could_free_makes_all_in_vain() -> None:
    station = floor(held(1, until=9), occurrences=(reserved(1, 50, 51),))
    room = make_room(station, wish(2, window(1, 2), window(50, 52)))
    assert room.shortened == ()
    assert room.clash is not None
    assert room.clash.window == window(50, 52)


def test_a_loan_is_taken_back_by_the_bell_and_not_shortened() -> None:
    lent = held(1, until=4, account="group:soil", loan=True, lease=5)
    own = held(2, until=9, account="group:soil", lease=6)
    room = make_room(floor(lent, own), wish(1.5, window(1, 3)))
    assert [gone.lease_id for gone in room.shortened] == [6]


def test_guarantees_and_reservations_of_others_never_give_way() -> None:
    guaranteed = floor(guarantees={"group:visitors": 400})
    booked = floor(occurrences=(reserved(1, 1, 3),))
    for station in (guaranteed, booked):
        room = make_room(station, wish(2, window(1, 3)))
        assert (room.shortened, room.clash is None) == ((), False)


def test_a_lease_within_its_accounts_guarantee_gives_way_in_vain_and_so_does_not() -> None:
    own = held(1, until=9, account="group:visitors")
    station = floor(own, guarantees={"group:visitors": 400})
    assert make_room(station, wish(2, window(1, 3))).shortened == ()


def test_without_an_administrators_word_the_leases_in_the_way_are_named() -> None:
    station = floor(held(1, until=9, lease=5))
    refused = claim(station, [wish(2, window(1, 3))], False, UTC_ZONE)
    assert isinstance(refused, Unclaimed)
    assert [lease.lease_id for lease in refused.in_the_way] == [5]
    allowed = claim(station, [wish(2, window(1, 3))], True, UTC_ZONE)
    assert allowed == Claimed(refused.in_the_way)


def test_where_nothing_helps_no_lease_is_named() -> None:
    station = floor(held(1, until=9), guarantees={"group:visitors": 400})
    refused = claim(station, [wish(2, window(1, 3))], True, UTC_ZONE)
    assert isinstance(refused, Unclaimed)
    assert refused.in_the_way == ()


@st.composite
def full_stations(draw: st.DrawFn) -> Floor:
    """Draw three GPUs whose quarters are held by several people, with a guarantee."""
    slots = [
        TakenSlot(
            f"GPU-{number}",
            slot,
            at(draw(st.integers(1, 12)) / 2),
            lease,
            lease % 3 + 1,
            draw(st.sampled_from(["site", "group:visitors"])),
        )
        for lease, (number, slot) in enumerate(
            draw(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), unique=True)), start=1
        )
    ]
    gpus = tuple(gpu(number) for number in (1, 2, 3))
    guarantees = {"group:visitors": draw(st.sampled_from([0, 200]))}
    return replace(floor(slots), gpus=gpus, guarantees=guarantees)


@settings(max_examples=200, deadline=None)
@given(full_stations(), st.integers(1, 12), st.integers(0, 6), st.integers(1, 6))
def test_what_gives_way_is_enough_and_none_of_it_too_much(
    station: Floor, quarters_of_gpu: int, since: int, length: int
) -> None:
    wanted = wish(quarters_of_gpu / 4, window(since / 2, (since + length) / 2))
    room = make_room(station, wanted)
    if room.clash is not None:
        return
    assert find_clash(without(station, room.shortened), wanted) is None
    for spared in room.shortened:
        rest = [lease for lease in room.shortened if lease is not spared]
        assert find_clash(without(station, rest), wanted) is not None
