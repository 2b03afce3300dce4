"""Loans are promoted, oldest first, and never so that a promise to anybody is broken."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policy.amounts import effective_guarantees, held_at, promised, reserved_at
from hub.policy.floor import Floor
from hub.policy.gpus import SlotRange
from hub.policy.leases import Lease, State
from hub.policy.loans import promotable, to_take_back
from hub.policy.reservations import Occurrence
from tests.policy.conftest import NOON, gpu
from tests.policy.conftest import lease as plain
from tests.policy.floors import slots_of

HOUR = timedelta(hours=1)
OWNER, BORROWER, OTHER = "group:owner", "group:borrower", "group:other"


def loan(number: int, *slots: tuple[int, int], account: str = BORROWER, hours: int = 4) -> Lease:
    """Make a running loan of these slots of these GPUs, older the lower its number."""
    return plain(
        number,
        account=account,
        slots=tuple(SlotRange(f"GPU-{of}", (slot,)) for of, slot in slots),
        parts=100 * len(slots),
        opened_at=NOON - HOUR + timedelta(minutes=number),
        expires_at=NOON + hours * HOUR,
        loan=True,
    )


def floor(
    leases: list[Lease], guarantees: dict[str, int], *windows: Occurrence, gpus: int = 1
) -> Floor:
    """Make a station of so many GPUs of four slots with these leases on it."""
    taken = slots_of(leases)
    return Floor(
        now=NOON,
        gpus=tuple(gpu(n + 1) for n in range(gpus)),
        taken=taken,
        node="local",
        guarantees=guarantees,
        occurrences=windows,
    )


def test_a_loan_stays_one_while_its_ground_is_guaranteed_to_others() -> None:
    loans = [loan(1, (1, 0))]
    assert promotable(floor(loans, {OWNER: 400}), loans) == []
    assert promotable(floor(loans, {OWNER: 300}), loans) == [1]


def test_the_oldest_loan_is_promoted_first_and_only_as_many_as_there_is_ground_for() -> None:
    loans = [loan(3, (1, 0)), loan(1, (1, 1)), loan(2, (1, 2))]
    assert promotable(floor(loans, {OWNER: 200}), loans) == [1, 2]


def test_an_older_loan_without_room_keeps_no_younger_one_from_the_room_there_is() -> None:
    loans = [loan(1, (1, 0), (1, 1)), loan(2, (1, 2))]
    assert promotable(floor(loans, {OWNER: 300}), loans) == [2]


def test_a_loan_within_what_its_own_account_is_owed_is_promoted() -> None:
    loans = [loan(1, (1, 0), account=OTHER)]
    assert promotable(floor(loans, {OWNER: 300, OTHER: 100}), loans) == [1]
    lost = replace(floor(loans, {OWNER: 300, OTHER: 100}), gpus=(gpu(1, health="fault"),))
    assert promotable(lost, loans) == []


def test_a_window_that_begins_while_the_loan_runs_is_kept_free() -> None:
    loans = [loan(1, (1, 0), hours=4)]
    window = Occurrence(7, OTHER, 400, NOON + 3 * HOUR, NOON + 5 * HOUR)
    assert promotable(floor(loans, {}, window), loans) == []
    late = replace(window, since=NOON + 4 * HOUR)
    assert promotable(floor(loans, {}, late), loans) == [1]


def test_a_loan_under_notice_closing_or_not_yet_answering_is_not_promoted() -> None:
    loans = [
        replace(loan(1, (1, 0)), reclaim_at=NOON + HOUR),
        replace(loan(2, (1, 1)), state=State.CLOSING),
        replace(loan(3, (1, 2)), state=State.HELD, expires_at=None),
    ]
    assert promotable(floor(loans, {}), loans) == []


def test_what_is_no_loan_is_not_promoted() -> None:
    leases = [replace(loan(1, (1, 0)), loan=False)]
    assert promotable(floor(leases, {}), leases) == []


def test_only_running_leases_whose_notice_is_over_are_taken_back() -> None:
    over, running = replace(loan(1), reclaim_at=NOON), replace(loan(2), reclaim_at=NOON + HOUR)
    closing = replace(over, id=3, state=State.CLOSING)
    assert to_take_back([over, running, closing, loan(4)], NOON) == [over]


def broken(station: Floor) -> list[datetime]:
    """List the moments at which more is promised than is healthy, summed anew from the floor."""
    moments = [NOON, *(w.since for w in station.occurrences)]
    owed = effective_guarantees(station)
    return [
        moment
        for moment in moments
        if promised(held_at(station, moment), reserved_at(station, moment), owed) > station.healthy
    ]


accounts = st.sampled_from([OWNER, BORROWER, OTHER])
windows = st.builds(
    lambda account, parts, begins: Occurrence(
        1, account, 100 * parts, NOON + begins * HOUR, NOON + (begins + 1) * HOUR
    ),
    accounts,
    st.integers(1, 6),
    st.integers(0, 5),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(accounts, st.booleans(), st.integers(1, 5)), max_size=8),
    st.dictionaries(accounts, st.integers(0, 8).map(lambda n: 100 * n), max_size=3),
    st.lists(windows, max_size=2),
)
def test_promoting_never_breaks_a_promise_that_held_and_leaves_none_that_could_be_promoted(
    drawn: list[tuple[str, bool, int]], guarantees: dict[str, int], reserved: list[Occurrence]
) -> None:
    leases = [
        replace(loan(n + 1, (1 + n // 4, n % 4), account=account, hours=hours), loan=lent)
        for n, (account, lent, hours) in enumerate(drawn)
    ]
    station = floor(leases, guarantees, *reserved, gpus=2)
    if broken(station):
        return
    found = promotable(station, leases)
    after = [replace(x, loan=x.loan and x.id not in found) for x in leases]
    promoted = floor(after, guarantees, *reserved, gpus=2)
    assert broken(promoted) == []
    for left in (x for x in after if x.loan):
        once_more = [replace(x, loan=x.loan and x.id != left.id) for x in after]
        assert broken(floor(once_more, guarantees, *reserved, gpus=2))
