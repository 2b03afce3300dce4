"""A group gets its GPUs back from who borrows them: told, taken back, with their old place."""

from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from hub import dispatching, leasing, reclaiming, waiting
from hub.house import House
from hub.leasing import Ask
from hub.policy.ceilings import Quota
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Denial, Wait
from hub.policy.requests import SpawnRequest
from hub.policy.tickets import Ticket, TicketState
from hub.store import ceilings, leases, notices, people, tickets
from hub.waiting import TicketAsk
from tests.boots import boot_at
from tests.leasing.conftest import NOON

MINUTE = timedelta(minutes=1)
WHOLE = SpawnRequest(gpus=Fraction(1), if_busy="wait")


@pytest.fixture(autouse=True)
def _guarantee(house: House) -> None:
    """Let ann's group be guaranteed the one GPU, and bob borrow it."""
    with house.database.write() as db:
        for name, group in (("ann", "field-lab"), ("bob", "visitors")):
            people.add_group(db, group, NOON)
            people.add_member(db, group, people.load_person(db, name), NOON)
        ceilings.set_ceiling(db, "group:field-lab", "guarantee", Quota(Fraction(1)))


def start(house: House, name: str, now: datetime, request: SpawnRequest = WHOLE) -> Lease:
    """Open a lease and let its server answer at once."""
    opened = leasing.request(house, Ask(name, "", request), now)
    assert isinstance(opened, Lease), opened
    return leasing.activate(house, opened.id, now, boot_at(now))


def wait(house: House, name: str, now: datetime) -> Ticket:
    """Take a place in the waiting list."""
    outcome = leasing.request(house, Ask(name, "", WHOLE), now)
    assert isinstance(outcome, Wait), outcome
    assert outcome.ticket_id is not None
    return ticket(house, outcome.ticket_id)


def ticket(house: House, ticket_id: int) -> Ticket:
    """Read a ticket."""
    with house.database.read() as db:
        return tickets.load_ticket(db, ticket_id)


def place_of(house: House, name: str) -> Ticket | None:
    """Read the open ticket of somebody's server."""
    with house.database.read() as db:
        return tickets.find_open_ticket(db, name, "")


def close(house: House, lease: Lease, now: datetime) -> None:
    """Let a lease's container be gone."""
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, now)
    leasing.finish_closing(house, lease.id, now, boot_at(now))


def told(house: House, lease: Lease) -> list[tuple[str, datetime | None]]:
    """Read what was said about a lease."""
    with house.database.read() as db:
        return [(n.kind, n.until) for n in notices.load_about(db, f"lease:{lease.id}")]


def set_quota(house: House, scope: str, kind: str, value: str | None) -> None:
    """Set a quota."""
    with house.database.write() as db:
        quota = None if value is None else Quota(Fraction(value))
        ceilings.set_ceiling(db, scope, kind, quota)


def test_a_borrower_is_told_and_taken_back_after_notice_and_the_owner_starts(house: House) -> None:
    loan = start(house, "bob", NOON)
    assert loan.loan
    later = NOON + 60 * MINUTE
    asked = wait(house, "ann", later)
    ends = later + 10 * MINUTE
    assert reclaiming.tell(house, later) == {loan.id: ends}
    after = leasing.load_lease(house, loan.id)
    assert (after.reclaim_at, after.guaranteed_until) == (ends, ends)
    assert told(house, loan) == [("reclaimed-10", ends)]
    assert reclaiming.take_back(house, ends - MINUTE) == []
    assert [x.id for x in reclaiming.take_back(house, ends)] == [loan.id]
    after = leasing.load_lease(house, loan.id)
    assert (after.state, after.end_reason) == (State.CLOSING, EndReason.RECLAIM)
    close(house, loan, ends)
    offered = dispatching.offer_next(house, ends)
    assert offered is not None
    assert offered.id == asked.id
    assert offered.lease_id is not None
    assert not leasing.load_lease(house, offered.lease_id).loan
    assert dispatching.offer_next(house, ends) is None


def test_who_is_taken_back_gets_a_place_that_counts_from_when_they_asked(house: House) -> None:
    loan = start(house, "bob", NOON + MINUTE)
    wait(house, "ann", NOON + 60 * MINUTE)
    reclaiming.tell(house, NOON + 60 * MINUTE)
    ends = NOON + 70 * MINUTE
    reclaiming.take_back(house, ends)
    place = place_of(house, "bob")
    assert place is not None
    assert loan.expires_at is not None
    assert (place.asked_at, place.account) == (NOON + MINUTE, "group:visitors")
    assert (place.gpus, place.duration) == (1, loan.expires_at - ends)
    assert place.state is TicketState.WAITING


def test_who_waited_before_they_borrowed_keeps_that_time(house: House) -> None:
    first = start(house, "ann", NOON)
    asked = wait(house, "bob", NOON + MINUTE)
    close(house, first, NOON + 2 * MINUTE)
    offered = dispatching.offer_next(house, NOON + 2 * MINUTE)
    assert offered is not None
    assert offered.id == asked.id
    started = start(house, "bob", NOON + 3 * MINUTE)
    assert (started.loan, started.ticket_id) == (True, asked.id)
    assert ticket(house, asked.id).state is TicketState.SERVED
    wait(house, "ann", NOON + 60 * MINUTE)
    reclaiming.tell(house, NOON + 60 * MINUTE)
    reclaiming.take_back(house, NOON + 70 * MINUTE)
    place = place_of(house, "bob")
    assert place is not None
    assert place.asked_at == NOON + MINUTE


def test_telling_and_taking_back_twice_is_harmless(house: House) -> None:
    loan = start(house, "bob", NOON)
    later = NOON + 60 * MINUTE
    wait(house, "ann", later)
    reclaiming.tell(house, later)
    assert reclaiming.tell(house, later + MINUTE) == {}
    assert len(told(house, loan)) == 1
    assert reclaiming.take_back(house, later + 10 * MINUTE)
    assert reclaiming.take_back(house, later + 10 * MINUTE) == []


def test_a_young_loan_runs_its_minimum_before_it_is_taken_back(house: House) -> None:
    loan = start(house, "bob", NOON)
    wait(house, "ann", NOON + MINUTE)
    assert reclaiming.tell(house, NOON + MINUTE) == {loan.id: NOON + 30 * MINUTE}


def test_nobody_is_told_for_who_is_owed_nothing(house: House) -> None:
    start(house, "bob", NOON)
    wait(house, "ann", NOON + MINUTE)
    set_quota(house, "group:field-lab", "guarantee", None)
    assert reclaiming.tell(house, NOON + MINUTE) == {}


def test_nobody_is_told_for_who_may_not_start_all_the_same(house: House) -> None:
    start(house, "bob", NOON)
    wait(house, "ann", NOON + MINUTE)
    set_quota(house, "user:ann", "gpus", "0.5")
    assert reclaiming.tell(house, NOON + MINUTE) == {}


def test_a_loan_is_promoted_when_common_ground_frees_and_is_never_told_then(house: House) -> None:
    loan = start(house, "bob", NOON)
    assert reclaiming.promote(house, NOON) == []
    set_quota(house, "group:field-lab", "guarantee", None)
    assert reclaiming.promote(house, NOON + MINUTE) == [loan.id]
    after = leasing.load_lease(house, loan.id)
    assert (after.loan, after.guaranteed_until) == (False, after.expires_at)
    set_quota(house, "group:field-lab", "guarantee", "1")
    wait(house, "ann", NOON + 2 * MINUTE)
    assert reclaiming.tell(house, NOON + 2 * MINUTE) == {}


def test_a_loan_under_notice_is_not_promoted(house: House) -> None:
    start(house, "bob", NOON)
    wait(house, "ann", NOON + MINUTE)
    reclaiming.tell(house, NOON + MINUTE)
    set_quota(house, "group:field-lab", "guarantee", None)
    assert reclaiming.promote(house, NOON + 2 * MINUTE) == []


def test_who_will_not_borrow_is_not_lent_to(house: House) -> None:
    mine = SpawnRequest(gpus=Fraction(1), preemptible=False)
    assert isinstance(leasing.request(house, Ask("bob", "", mine), NOON), Denial)


def test_a_loan_ended_by_its_user_meanwhile_gets_no_place(house: House) -> None:
    loan = start(house, "bob", NOON)
    wait(house, "ann", NOON + MINUTE)
    reclaiming.tell(house, NOON + MINUTE)
    close(house, loan, NOON + 20 * MINUTE)
    assert reclaiming.take_back(house, NOON + 30 * MINUTE) == []
    assert place_of(house, "bob") is None


def test_a_row_is_told_once_and_only_earlier_times_replace_it(house: House) -> None:
    loan = start(house, "bob", NOON)
    with house.database.write() as db:
        from_now = [reclaiming.loans.set_reclaim(db, loan.id, NOON + n * MINUTE) for n in (9, 9, 8)]
        assert from_now == [True, False, True]
        assert not reclaiming.loans.promote(db, loan.id)
        leases.begin_closing(db, loan.id, EndReason.RELEASE, NOON)
        assert not reclaiming.loans.set_reclaim(db, loan.id, NOON)
        assert not reclaiming.loans.promote(db, loan.id)


def test_what_was_taken_back_for_an_owner_is_not_lent_to_whoever_stands_before_them(
    house: House,
) -> None:
    set_quota(house, "group:visitors", "priority", "9")
    loan = start(house, "bob", NOON)
    later = NOON + 60 * MINUTE
    asked = wait(house, "ann", later)
    reclaiming.tell(house, later)
    ends = later + 10 * MINUTE
    reclaiming.take_back(house, ends)
    close(house, loan, ends)
    offered = dispatching.offer_next(house, ends)
    assert offered is not None
    assert offered.id == asked.id
    assert dispatching.offer_next(house, ends) is None


def test_a_loan_whose_time_was_over_when_the_steward_came_back_gets_no_place(house: House) -> None:
    loan = start(house, "bob", NOON, SpawnRequest(gpus=Fraction(1), duration=60 * MINUTE))
    wait(house, "ann", NOON + 30 * MINUTE)
    assert reclaiming.tell(house, NOON + 30 * MINUTE)
    assert reclaiming.take_back(house, NOON + 61 * MINUTE)
    assert leasing.load_lease(house, loan.id).end_reason is EndReason.RECLAIM
    assert place_of(house, "bob") is None


def test_a_place_the_server_has_already_stays_as_it_is(house: House) -> None:
    start(house, "bob", NOON)
    wait(house, "ann", NOON + 30 * MINUTE)
    half = SpawnRequest(gpus=Fraction(1, 2), if_busy="wait")
    asked = waiting.ask_for_ticket(house, TicketAsk("bob", "", half), NOON + 31 * MINUTE)
    assert isinstance(asked, Wait)
    reclaiming.tell(house, NOON + 31 * MINUTE)
    assert reclaiming.take_back(house, NOON + 41 * MINUTE)
    place = place_of(house, "bob")
    assert place is not None
    assert (place.id, place.gpus, place.asked_at) == (
        asked.ticket_id,
        Fraction(1, 2),
        NOON + 31 * MINUTE,
    )
