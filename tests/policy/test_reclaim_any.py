"""Whatever is lent: no other set of loans interrupts fewer people or loses less GPU-time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policy.floor import Floor
from hub.policy.gpus import Gpu, Isolation
from hub.policy.leases import Lease
from hub.policy.placement import choose
from hub.policy.wishes import Asker, Wish
from tests.policy.lent import HOUR, MINUTE, NOON, OTHERS, OWNER, floor, gpu, lease, victims, wish


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
    found = victims(station, leases, wish(share))
    best = min((price(p) for p in every_set(station, leases, wish(share))), default=None)
    if found is None:
        assert best is None
        return
    by_id: Callable[[int], Lease] = {x.id: x for x in leases}.__getitem__
    picked = tuple(by_id(lease_id) for lease_id, _ in found.victims)
    assert price(picked) == best
    gone = {x.id for x in picked} | {x.id for x in leases if x.reclaim_at is not None}
    assert fits_without(station, gone, wish(share))
