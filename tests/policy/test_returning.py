"""Whom to tell, looked at for everybody who waits at once, and for windows that soon begin."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hub.policy.floor import Floor
from hub.policy.gpus import SlotRange
from hub.policy.leases import Lease, State
from hub.policy.profiles import Profile
from hub.policy.reasons import Reason
from hub.policy.reservations import Occurrence
from hub.policy.returning import MOST_AT_ONCE, Times, loans_to_tell
from hub.policy.tickets import Queued, Ticket
from tests.policy.conftest import NOON, gpu
from tests.policy.conftest import lease as plain
from tests.policy.floors import slots_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OWNER, BORROWER = "group:owner", "group:borrower"
NOTICE = NOON + 10 * MINUTE


def loan(number: int, of: int, *slots: int, **changes: object) -> Lease:
    """Make an old loan of some slots of one GPU, of a person of its own."""
    made = plain(
        number,
        person_id=100 + number,
        account=BORROWER,
        slots=(SlotRange(f"GPU-{of}", slots),),
        parts=100 * len(slots),
        opened_at=NOON - HOUR,
        active_at=NOON - HOUR,
        loan=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def ticket(number: int, gpus: str, account: str = OWNER, **changes: object) -> Ticket:
    """Make a ticket of somebody who waits, in front of those with higher numbers."""
    made = Ticket(
        id=number,
        person_id=number,
        user=f"person-{number}",
        server="",
        account=account,
        gpus=Fraction(gpus),
        duration=2 * HOUR,
        asked_at=NOON - HOUR + number * MINUTE,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def floor(leases: list[Lease], *waiting: Ticket, gpus: int = 2, guarantee: int = 800) -> Floor:
    """Make a station on which the owner is guaranteed so many parts."""
    taken = slots_of(leases)
    return Floor(
        now=NOON,
        gpus=tuple(gpu(n + 1) for n in range(gpus)),
        taken=taken,
        node="local",
        profiles={"notebook": Profile("notebook")},
        guarantees={OWNER: guarantee},
        queue=tuple(Queued(one) for one in waiting),
    )


def told(station: Floor, leases: list[Lease], hindered: tuple[int, ...] = ()) -> Times:
    """Ask whom to tell, where these tickets' owners may not start."""

    def judge(one: Ticket) -> tuple[Reason, ...]:
        return (Reason("budget", "gpu-hours"),) if one.id in hindered else ()

    return loans_to_tell(station, leases, judge)


def test_each_of_two_who_wait_gets_room_of_their_own() -> None:
    loans = [loan(1, 1, 0, 1, 2, 3), loan(2, 2, 0, 1, 2, 3)]
    station = floor(loans, ticket(1, "1"), ticket(2, "1"))
    assert told(station, loans) == {1: NOTICE, 2: NOTICE}


def test_two_who_wait_share_the_room_of_one_loan() -> None:
    loans = [loan(1, 1, 0, 1, 2, 3), loan(2, 2, 0, 1, 2, 3)]
    station = floor(loans, ticket(1, "0.5"), ticket(2, "0.5"))
    assert told(station, loans) == {1: NOTICE}


def test_who_was_told_for_somebody_is_not_counted_on_by_the_next() -> None:
    first = loan(1, 1, 0, 1, 2, 3, reclaim_at=NOON + 5 * MINUTE)
    loans = [first, loan(2, 2, 0, 1, 2, 3)]
    assert told(floor(loans, ticket(1, "1")), loans) == {}
    assert told(floor(loans, ticket(1, "1"), ticket(2, "1")), loans) == {2: NOTICE}


def test_nothing_is_taken_back_beyond_the_guarantee_for_all_who_wait_together() -> None:
    loans = [loan(1, 1, 0, 1, 2, 3), loan(2, 2, 0, 1, 2, 3)]
    station = floor(loans, ticket(1, "1"), ticket(2, "1"), guarantee=400)
    assert len(told(station, loans)) == 1


def test_who_has_room_anyway_interrupts_nobody() -> None:
    loans = [loan(1, 1, 0, 1, 2, 3)]
    assert told(floor(loans, ticket(1, "1")), loans) == {}


def test_room_that_somebody_in_front_will_take_is_not_counted_on() -> None:
    loans = [loan(1, 1, 0, 1, 2, 3)]
    station = floor(loans, ticket(1, "1"), ticket(2, "1"))
    assert told(station, loans) == {1: NOTICE}


def test_nobody_is_told_for_who_is_hindered_or_wants_to_start_later() -> None:
    loans = [loan(1, 1, 0, 1, 2, 3), loan(2, 2, 0, 1, 2, 3)]
    assert told(floor(loans, ticket(1, "1")), loans, hindered=(1,)) == {}
    late = ticket(1, "1", not_before=NOON + HOUR)
    assert told(floor(loans, late), loans) == {}


def test_who_is_hindered_behind_the_first_who_waits_is_asked_too() -> None:
    loans = [loan(1, 1, 0, 1, 2, 3), loan(2, 2, 0, 1, 2, 3)]
    other = ticket(1, "1", account="group:else", preemptible=False)
    station = floor(loans, other, ticket(2, "1"), guarantee=400)
    assert told(station, loans) == {1: NOTICE}
    assert told(station, loans, hindered=(2,)) == {}


def test_what_a_told_loan_leaves_over_goes_to_the_next_who_waits() -> None:
    loans = [
        loan(1, 1, 0, 1, 2, 3),
        loan(2, 2, 0, 1, expires_at=NOON + HOUR),
        loan(3, 2, 2, 3, loan=False),
    ]
    station = floor(loans, ticket(1, "0.75"), ticket(2, "0.25"))
    assert told(station, loans) == {1: NOTICE}


def test_nobody_is_told_where_a_window_after_their_own_would_forbid_the_start() -> None:
    loans = [loan(1, 1, 0, 1, 2, 3), loan(2, 2, 0, 1, 2, 3)]
    mine = Occurrence(1, "group:class", 400, NOON - MINUTE, NOON + HOUR)
    next_one = Occurrence(2, "group:else", 800, NOON + HOUR, NOON + 2 * HOUR)
    for hours, expected in ((2, {}), (1, {1: NOTICE})):
        waiting = ticket(1, "1", account="group:class", duration=hours * HOUR)
        station = floor(loans, waiting, guarantee=0)
        assert told(replace(station, occurrences=(mine, next_one)), loans) == expected


def test_a_guarantee_of_another_account_gives_nobody_a_claim() -> None:
    loans = [loan(1, 1, 0, 1, 2, 3), loan(2, 2, 0, 1, 2, 3)]
    assert told(floor(loans, ticket(1, "1", account="group:else")), loans) == {}


def test_a_latecomer_to_a_window_gets_a_seat_lent_since_the_bell_at_once() -> None:
    bell = NOON - 30 * MINUTE
    window = Occurrence(1, "group:class", 400, bell, NOON + HOUR)
    seat = loan(1, 1, 0, 1, 2, 3, opened_at=bell + 10 * MINUTE, active_at=bell + 11 * MINUTE)
    late = ticket(1, "1", account="group:class", duration=HOUR)
    station = replace(floor([seat], late, gpus=1, guarantee=0), occurrences=(window,))
    assert told(station, [seat]) == {1: NOON}
    older = replace(seat, opened_at=bell, active_at=bell)
    assert told(station, [older]) == {1: NOTICE}


def test_before_a_bell_the_missing_room_is_taken_back_with_notice() -> None:
    loans = [loan(1, 1, 0, 1, 2, 3), loan(2, 2, 0), loan(3, 2, 1)]
    window = Occurrence(1, "group:class", 400, NOON + 10 * MINUTE, NOON + HOUR)
    station = replace(floor(loans, guarantee=0), occurrences=(window,))
    assert told(station, loans) == {1: NOTICE}
    far = replace(window, since=NOON + 12 * MINUTE)
    assert told(replace(station, occurrences=(far,)), loans) == {}


def test_loans_that_leave_by_the_bell_are_not_counted_as_missing() -> None:
    first = loan(1, 1, 0, 1, 2, 3, reclaim_at=NOON + 5 * MINUTE)
    loans = [first, loan(2, 2, 0, 1, 2, 3)]
    window = Occurrence(1, "group:class", 400, NOON + 10 * MINUTE, NOON + HOUR)
    station = replace(floor(loans, guarantee=0), occurrences=(window,))
    assert told(station, loans) == {}


def test_without_loans_nobody_is_told() -> None:
    leases = [loan(1, 1, 0, 1, 2, 3, loan=False), loan(2, 2, 0, 1, 2, 3, state=State.HELD)]
    assert told(floor(leases, ticket(1, "1")), leases) == {}


def test_who_waits_in_front_keeps_no_room_from_an_owner() -> None:
    soon = loan(1, 1, 0, 1, account=OWNER, loan=False, expires_at=NOON + HOUR)
    loans = [soon, loan(2, 2, 0, 1, 2, 3)]
    first = ticket(1, "1", account="group:else")
    assert told(floor(loans, first, ticket(2, "0.5"), guarantee=800), loans) == {}


def test_a_round_tells_so_many_loans_and_the_next_round_the_others() -> None:
    loans = [loan(4 * of + n + 1, of + 1, n) for of in range(15) for n in range(4)]
    line = [ticket(n, "0.25") for n in range(1, 61)]
    station = floor(loans, *line, gpus=15, guarantee=6000)
    first = told(station, loans)
    assert len(first) == MOST_AT_ONCE
    later = [replace(one, reclaim_at=first.get(one.id)) for one in loans]
    after = told(floor(later, *line, gpus=15, guarantee=6000), later)
    assert first.keys() | after.keys() == {one.id for one in loans}
    assert not first.keys() & after.keys()
