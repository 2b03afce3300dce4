"""Holdings that are patched say what holdings worked out anew would."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hub.policy.fleet import Fleet
from hub.policy.gpus import Gpu, TakenSlot
from hub.policy.holdings import Holdings, Slots
from hub.policy.placement import choose
from hub.policy.profiles import Profile

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
KINDS = ("big", "small")
FLEET = Fleet(
    tuple(
        Gpu(
            f"GPU-{n}",
            "A GPU",
            f"node-{n % 2}",
            KINDS[n % 3 == 0],
            40_960,
            (4, 4, 2)[n % 3],
            health="fault" if n == 4 else "ok",
        )
        for n in range(6)
    )
)
ANY, PICKY = Profile("any"), Profile("picky", kinds=KINDS)
SHARES = (Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(2))


def held(gpu: Gpu) -> st.SearchStrategy[Slots]:
    """Draw who holds which slots of one GPU, in order."""
    one = st.builds(
        lambda slot, minutes, lease, account, loan: TakenSlot(
            gpu.uuid,
            slot,
            None if minutes is None else NOW + timedelta(minutes=minutes),
            lease,
            lease,
            account,
            loan,
        ),
        st.integers(0, gpu.slots - 1),
        st.none() | st.integers(-30, 30),
        st.integers(1, 4),
        st.sampled_from(("site", "group:a", "group:b")),
        st.booleans(),
    )
    slots = st.lists(one, max_size=gpu.slots, unique_by=lambda slot: slot.slot)
    return slots.map(lambda found: tuple(sorted(found, key=lambda slot: slot.slot)))


whole = st.fixed_dictionaries({gpu.uuid: held(gpu) for gpu in FLEET.gpus})
some = st.fixed_dictionaries({}, optional={gpu.uuid: held(gpu) for gpu in FLEET.gpus})


@given(whole, st.lists(some, min_size=1, max_size=4))
def test_patched_holdings_say_what_new_ones_would(
    first: dict[str, Slots], changes: list[dict[str, Slots]]
) -> None:
    patched = Holdings(FLEET, first)
    look(patched)
    now = dict(first)
    for change in changes:
        patched = patched.changed(change)
        now |= change
    fresh = Holdings.of(FLEET, (slot for slots in now.values() for slot in slots))
    assert look(patched) == look(fresh)
    assert sorted(patched.taken, key=place) == sorted(fresh.taken, key=place)


@given(whole, some)
def test_patching_leaves_the_first_holdings_alone(
    first: dict[str, Slots], change: dict[str, Slots]
) -> None:
    holdings = Holdings(FLEET, first)
    before = look(holdings)
    look(holdings.changed(change))
    assert look(holdings) == before == look(Holdings(FLEET, first))


def look(holdings: Holdings) -> dict[str, object]:
    """Work out everything that holdings tell."""
    board = holdings.board
    return {
        "free": dict(board.free),
        "people": dict(board.people),
        "chosen": [choose(board, p, share) for p in (ANY, PICKY) for share in SHARES],
        "rooms": [
            list(holdings.endings.rooms(p, share, NOW)) for p in (ANY, PICKY) for share in SHARES
        ],
        "ends": list(holdings.ends),
        "held": dict(holdings.held),
        "lent": dict(holdings.lent),
    }


def place(slot: TakenSlot) -> tuple[str, int]:
    """Give where a slot is."""
    return slot.gpu_uuid, slot.slot
