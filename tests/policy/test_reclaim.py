"""Who is interrupted so that a guarantee is returned: as few people as possible, or nobody."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policy.board import lay_out
from hub.policy.floor import Floor
from hub.policy.gpus import Gpu, Isolation, SlotRange, TakenSlot
from hub.policy.leases import Lease, State
from hub.policy.placement import choose
from hub.policy.profiles import Profile
from hub.policy.reclaim import Reclaim, choose_victims
from hub.policy.reservations import Occurrence
from hub.policy.victims import Lent, cheapest
from hub.policy.wishes import Asker, Wish

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OWNER = "group:owner"
OTHERS = "group:others"


def gpu(number: int, node: str = "a", isolation: Isolation = "soft", kind: str = "Plain") -> Gpu:
    """Make a GPU of four slots."""
    return Gpu(f"GPU-{number:03}", kind, node, kind, 16384, 4, isolation=isolation)


def lease(number: int, person: int, *places: tuple[int, tuple[int, ...]]) -> Lease:
    """Make a running loan of four hours that was opened an hour ago."""
    slots = tuple(SlotRange(f"GPU-{of:03}", which) for of, which in places)
    parts = 100 * sum(len(part.slots) for part in slots)
    return Lease(
        id=number,
        person_id=person,
        user=f"person-{person}",
        server="",
        account=OTHERS,
        profile="notebook",
        state=State.ACTIVE,
        node="a",
        slots=slots,
        share=Fraction(parts, 400),
        parts=parts,
        cpus=Fraction(2),
        memory_mib=4096,
        duration=4 * HOUR,
        opened_at=NOON - HOUR,
        active_at=NOON - HOUR,
        expires_at=NOON + 3 * HOUR,
        guaranteed_until=NOON - HOUR / 2,
        loan=True,
    )


def taken(leases: list[Lease]) -> tuple[TakenSlot, ...]:
    """Mark the slots of leases as taken."""
    return tuple(
        TakenSlot(
            part.gpu_uuid, slot, x.guaranteed_until, x.id, x.person_id, x.account, loan=x.loan
        )
        for x in leases
        for part in x.slots
        for slot in part.slots
    )


def floor(gpus: list[Gpu], leases: list[Lease], guarantee: int = 4000, **more: object) -> Floor:
    """Make a floor on which the owner is guaranteed so many parts."""
    made = Floor(NOON, tuple(gpus), taken(leases), "a", guarantees={OWNER: guarantee})
    return replace(made, **more)  # type: ignore[arg-type]


def wish(share: str, *kinds: str) -> Wish:
    """Make a wish of the owner's."""
    return Wish(Profile("notebook", kinds=kinds), Fraction(share), HOUR, OWNER, 1)


def chosen(found: Reclaim | None) -> list[int]:
    """List who is interrupted."""
    assert found is not None
    return [lease_id for lease_id, _ in found.victims]


def test_one_person_is_interrupted_rather_than_two() -> None:
    loans = [lease(1, 11, (0, (0, 1))), lease(2, 12, (0, (2, 3))), lease(3, 13, (1, (0, 1, 2, 3)))]
    assert chosen(choose_victims(floor([gpu(0), gpu(1)], loans), loans, wish("1"))) == [3]


def test_two_loans_of_one_person_go_rather_than_one_of_each_of_two() -> None:
    loans = [
        lease(1, 11, (0, (0, 1))),
        lease(2, 12, (0, (2, 3))),
        lease(3, 13, (1, (0, 1))),
        lease(4, 13, (1, (2, 3))),
    ]
    assert chosen(choose_victims(floor([gpu(0), gpu(1)], loans), loans, wish("1"))) == [3, 4]


def test_among_as_few_people_the_least_gpu_time_is_lost() -> None:
    long = lease(1, 11, (0, (0, 1, 2, 3)))
    short = replace(lease(2, 12, (1, (0, 1, 2, 3))), expires_at=NOON + HOUR)
    loans = [long, short]
    assert chosen(choose_victims(floor([gpu(0), gpu(1)], loans), loans, wish("0.25"))) == [2]


def test_gpu_time_lost_counts_how_much_of_a_gpu_it_is() -> None:
    big = lease(1, 11, (0, (0, 1, 2, 3)))
    small = [lease(2, 12, (1, (0,))), lease(3, 13, (1, (1, 2, 3)))]
    loans = [big, *small]
    assert chosen(choose_victims(floor([gpu(0), gpu(1)], loans), loans, wish("0.25"))) == [2]


def test_among_equals_the_oldest_loan_goes() -> None:
    young = lease(1, 11, (0, (0, 1, 2, 3)))
    old = replace(lease(2, 12, (1, (0, 1, 2, 3))), opened_at=NOON - 2 * HOUR)
    assert chosen(
        choose_victims(floor([gpu(0), gpu(1)], [young, old]), [young, old], wish("1"))
    ) == [2]


def test_nobody_is_interrupted_where_no_set_of_loans_makes_room() -> None:
    owned = replace(lease(1, 11, (0, (0,))), loan=False)
    loan = lease(2, 12, (0, (1, 2, 3)))
    assert choose_victims(floor([gpu(0)], [owned, loan]), [owned, loan], wish("1")) is None


def test_nothing_is_taken_back_beyond_the_guarantee() -> None:
    loans = [lease(1, 11, (0, (0, 1, 2, 3)))]
    assert choose_victims(floor([gpu(0)], loans, guarantee=199), loans, wish("0.5")) is None
    assert chosen(choose_victims(floor([gpu(0)], loans, guarantee=200), loans, wish("0.5"))) == [1]


def test_what_the_account_holds_already_is_counted_against_its_guarantee() -> None:
    own = replace(lease(1, 1, (0, (0, 1))), account=OWNER, loan=False)
    loans = [own, lease(2, 11, (0, (2, 3)))]
    assert choose_victims(floor([gpu(0)], loans, guarantee=300), loans, wish("0.5")) is None
    assert chosen(choose_victims(floor([gpu(0)], loans, guarantee=400), loans, wish("0.5"))) == [2]


def test_after_half_the_gpus_are_lost_half_the_guarantee_is_returned() -> None:
    lost = replace(gpu(1), health="fault")
    loans = [lease(1, 11, (0, (0, 1))), lease(2, 12, (0, (2, 3)))]
    station = floor([gpu(0), lost], loans, guarantee=400)
    assert choose_victims(station, loans, wish("0.75")) is None
    assert chosen(choose_victims(station, loans, wish("0.5"))) == [1]


def test_in_its_window_a_reservation_is_owed_like_a_guarantee() -> None:
    loans = [lease(1, 11, (0, (0, 1, 2, 3)))]
    window = Occurrence(7, OWNER, 400, NOON - MINUTE, NOON + HOUR)
    assert choose_victims(floor([gpu(0)], loans, 0), loans, wish("1")) is None
    station = floor([gpu(0)], loans, 0, occurrences=(window,))
    assert chosen(choose_victims(station, loans, wish("1"))) == [1]


def test_a_loan_is_taken_back_after_notice_and_minimum_run_whichever_is_later() -> None:
    for ran, left in ((60, 10), (20, 10), (19, 11), (0, 30)):
        loan = replace(lease(1, 11, (0, (0, 1, 2, 3))), active_at=NOON - ran * MINUTE)
        found = choose_victims(floor([gpu(0)], [loan]), [loan], wish("1"))
        assert found is not None
        assert found.victims == ((1, NOON + left * MINUTE),)


def test_a_lent_seat_is_taken_back_at_once_and_an_older_loan_with_notice() -> None:
    bell = NOON - 30 * MINUTE
    seat = replace(lease(1, 11, (0, (0, 1, 2, 3))), opened_at=bell, active_at=bell)
    for loan, at in ((seat, NOON), (lease(1, 11, (0, (0, 1, 2, 3))), NOON + 10 * MINUTE)):
        found = choose_victims(floor([gpu(0)], [loan]), [loan], wish("1"), bell)
        assert found is not None
        assert found.victims == ((1, at),)


def test_a_lent_seat_under_notice_is_taken_back_at_once_too() -> None:
    bell = NOON - 30 * MINUTE
    seat = replace(lease(1, 11, (0, (0, 1, 2, 3))), opened_at=bell, reclaim_at=NOON + 9 * MINUTE)
    found = choose_victims(floor([gpu(0)], [seat]), [seat], wish("1"), bell)
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
    found = choose_victims(floor([gpu(0), gpu(1)], loans), loans, wish("1"))
    assert found == Reclaim((), replace_slots("GPU-000"))


def replace_slots(uuid: str):  # type: ignore[no-untyped-def]  # the placement of a whole GPU
    """Give a placement on one whole GPU."""
    return choose(lay_out([replace(gpu(0), uuid=uuid)], ()), Profile("notebook"), Fraction(1))


def test_a_lease_that_keeps_going_is_not_counted_on_to_end() -> None:
    going = replace(
        lease(1, 11, (0, (0, 1, 2, 3))), expires_at=NOON + MINUTE, keep_going=True, loan=False
    )
    assert choose_victims(floor([gpu(0)], [going]), [going], wish("1")) is None


def test_a_start_on_its_way_is_not_interrupted() -> None:
    held = replace(lease(1, 11, (0, (0, 1, 2, 3))), state=State.HELD, active_at=None)
    assert choose_victims(floor([gpu(0)], [held]), [held], wish("1")) is None


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
    found = choose_victims(floor(gpus, loans), loans, wish("2"))
    assert chosen(found) == [3, 5]
    assert found is not None
    assert [part.gpu_uuid for part in found.placement.slots] == ["GPU-002", "GPU-004"]


def test_a_wall_demanded_between_people_clears_the_rest_of_the_gpu() -> None:
    loans = [lease(1, 11, (0, (0,))), lease(2, 12, (0, (1,)))]
    open_house = floor([gpu(0)], loans)
    assert chosen(choose_victims(open_house, loans, wish("0.5"))) == []
    walled = floor([gpu(0)], loans, demands={OWNER: "firm"})
    assert chosen(choose_victims(walled, loans, wish("0.5"))) == [1, 2]
    theirs = floor([gpu(0)], loans, demands={OTHERS: "firm"})
    assert chosen(choose_victims(theirs, loans, wish("0.5"))) == [1, 2]
    firm = floor([gpu(0, isolation="firm")], loans, demands={OWNER: "firm"})
    assert chosen(choose_victims(firm, loans, wish("0.5"))) == []


def test_only_kinds_the_profile_takes_are_cleared_in_its_order() -> None:
    gpus = [gpu(0, kind="Old"), gpu(1, kind="New"), gpu(2, kind="Other")]
    loans = [lease(n + 1, 11 + n, (n, (0, 1, 2, 3))) for n in range(3)]
    assert chosen(choose_victims(floor(gpus, loans), loans, wish("1", "New", "Old"))) == [2]


def test_a_broken_gpu_is_not_cleared() -> None:
    broken = replace(gpu(0), health="fault")
    loans = [lease(1, 11, (0, (0, 1, 2, 3)))]
    assert choose_victims(floor([broken, gpu(1, "b")], loans), loans, wish("2")) is None


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
        assert len(chosen(choose_victims(station, loans, wish(share)))) == 4 * int(share)
        assert perf_counter() - began < 2


# Against brute force: every set of loans, and the real placement on what is left.


@st.composite
def stations(draw: st.DrawFn) -> tuple[list[Gpu], list[Lease]]:
    """Draw up to three GPUs on two nodes with up to six leases on them."""
    count = draw(st.integers(1, 3))
    gpus = [gpu(n, draw(st.sampled_from(["a", "b"]))) for n in range(count)]
    free = {n: list(range(4)) for n in range(count)}
    leases = []
    for number in range(1, draw(st.integers(1, 7))):
        of = draw(st.integers(0, count - 1))
        many = min(draw(st.integers(1, 4)), len(free[of]))
        places = [(of, tuple(free[of][:many]))] if many else []
        del free[of][:many]
        second = draw(st.integers(0, count - 1))
        if many == 4 and len(free[second]) == 4 and draw(st.booleans()):
            places.append((second, tuple(free[second])))
            free[second].clear()
        if places:
            leases.append(draw(loans(number, places)))
    return gpus, leases


@st.composite
def loans(draw: st.DrawFn, number: int, places: list[tuple[int, tuple[int, ...]]]) -> Lease:
    """Draw a lease, most of them loans."""
    return replace(
        lease(number, draw(st.integers(10, 12)), *places),
        loan=draw(st.integers(0, 4)) > 0,
        reclaim_at=draw(st.sampled_from([None, None, None, NOON + MINUTE])),
        expires_at=NOON + HOUR * draw(st.integers(1, 3)),
        opened_at=NOON - HOUR * draw(st.integers(1, 3)),
    )


def fits_without(station: Floor, gone: set[int], wanted: Wish) -> bool:
    """Ask the real placement whether a wish fits once these leases are gone."""
    left = replace(station, taken=tuple(s for s in station.taken if s.lease_id not in gone))
    sharing = left.sharing(Asker(wanted.person_id, wanted.account))
    return choose(left.board, wanted.profile, wanted.share, sharing) is not None


def every_set(station: Floor, leases: list[Lease], wanted: Wish) -> Iterator[tuple[Lease, ...]]:
    """Yield every set of loans without which a wish fits."""
    going = {x.id for x in leases if x.reclaim_at is not None}
    able = [x for x in leases if x.loan and x.id not in going]
    for size in range(len(able) + 1):
        for picked in combinations(able, size):
            if fits_without(station, going | {x.id for x in picked}, wanted):
                yield picked


def price(picked: tuple[Lease, ...]) -> tuple[int, int]:
    """Count the people interrupted and the GPU-time lost, by the words of the policy."""
    lost = [
        x.parts * ((x.expires_at or NOON) - NOON - 10 * MINUTE) // timedelta(milliseconds=1)
        for x in picked
    ]
    return len({x.person_id for x in picked}), sum(lost)


@settings(max_examples=300, deadline=None)
@given(
    stations(),
    st.sampled_from(["0.25", "0.5", "0.75", "1", "2"]),
    st.sampled_from([{}, {OWNER: "hard"}, {OTHERS: "hard"}]),
)
def test_no_set_interrupts_fewer_people_or_loses_less(
    drawn: tuple[list[Gpu], list[Lease]], share: str, demands: dict[str, Isolation]
) -> None:
    gpus, leases = drawn
    station = floor(gpus, leases, guarantee=10_000, demands=demands)
    found = choose_victims(station, leases, wish(share))
    best = min((price(p) for p in every_set(station, leases, wish(share))), default=None)
    if found is None:
        assert best is None
        return
    by_id: Callable[[int], Lease] = {x.id: x for x in leases}.__getitem__
    picked = tuple(by_id(lease_id) for lease_id, _ in found.victims)
    assert price(picked) == best
    gone = {x.id for x in picked} | {x.id for x in leases if x.reclaim_at is not None}
    assert fits_without(station, gone, wish(share))
