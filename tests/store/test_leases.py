"""Leases as rows: the keys keep what no code can promise."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from hub.errors import NotFound, StateChanged
from hub.policy.leases import EndReason, State
from hub.store import leases
from hub.store.database import Database
from hub.store.holdings import load_taken
from hub.store.usage import load_usage
from tests.boots import boot_at
from tests.store.conftest import NOON, ZONE, add, grant_of, lease_for

LATER = NOON + timedelta(hours=1)


def test_a_slot_is_never_leased_twice(database: Database) -> None:
    with database.write() as db:
        lease_for(db, add(db, "ann"), grant_of("GPU-a", 0, 1))
    with pytest.raises(IntegrityError), database.write() as db:
        lease_for(db, add(db, "bob"), grant_of("GPU-a", 1, 2))
    with database.read() as db:
        assert len(leases.load_open(db)) == 1
        assert sorted(slot.slot for slot in load_taken(db)) == [0, 1]


def test_a_server_never_has_two_open_leases(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        lease_for(db, ann, grant_of(None))
        lease_for(db, ann, grant_of(None), server="second")
    with pytest.raises(IntegrityError), database.write() as db:
        lease_for(db, ann, grant_of(None))


def test_a_released_slot_can_be_leased_again(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        first = lease_for(db, ann, grant_of("GPU-a", 0))
        leases.begin_closing(db, first.id, EndReason.RELEASE, NOON)
        leases.finish_closing(db, first.id, NOON, boot_at(NOON), ZONE)
        assert lease_for(db, ann, grant_of("GPU-a", 0)).id > first.id


def test_a_closing_lease_keeps_its_slots_until_it_is_closed(database: Database) -> None:
    with database.write() as db:
        lease = lease_for(db, add(db, "ann"), grant_of("GPU-a", 0, 1))
        leases.begin_closing(db, lease.id, EndReason.EXPIRE, NOON)
        assert len(load_taken(db)) == 2
        leases.finish_closing(db, lease.id, NOON, boot_at(NOON), ZONE)
        assert load_taken(db) == ()


def test_where_a_lease_was_stays_known_when_it_is_closed(database: Database) -> None:
    with database.write() as db:
        lease = lease_for(db, add(db, "ann"), grant_of("GPU-a", 0, 1))
        leases.begin_closing(db, lease.id, EndReason.RELEASE, NOON)
        closed = leases.finish_closing(db, lease.id, NOON, boot_at(NOON), ZONE)
    assert closed is not None
    assert closed.slots == lease.slots


def test_a_lease_is_closed_and_charged_once(database: Database) -> None:
    with database.write() as db:
        lease = lease_for(db, add(db, "ann"), grant_of("GPU-a", 0, 1))
        leases.activate(db, lease.id, NOON, boot_at(NOON), ZONE)
        leases.begin_closing(db, lease.id, EndReason.RELEASE, LATER)
        assert leases.finish_closing(db, lease.id, LATER, boot_at(LATER), ZONE) is not None
        assert leases.finish_closing(db, lease.id, LATER, boot_at(LATER), ZONE) is None
        (record,) = load_usage(db, "user", NOON.date())
    assert (record.gpu_ms, record.held_gpu_ms, record.leases) == (1_800_000, 0, 1)


def test_the_first_reason_to_end_stands(database: Database) -> None:
    with database.write() as db:
        lease = lease_for(db, add(db, "ann"), grant_of(None))
        assert leases.begin_closing(db, lease.id, EndReason.REVOKE, NOON) is True
        assert leases.begin_closing(db, lease.id, EndReason.EXPIRE, LATER) is False
        found = leases.load_lease(db, lease.id)
    assert (found.end_reason, found.closing_at) == (EndReason.REVOKE, NOON)


@pytest.mark.parametrize("ended", [False, True])
def test_a_lease_that_is_ending_does_not_become_active(database: Database, ended: bool) -> None:
    with database.write() as db:
        lease = lease_for(db, add(db, "ann"), grant_of(None))
        leases.begin_closing(db, lease.id, EndReason.REVOKE, NOON)
        if ended:
            leases.finish_closing(db, lease.id, NOON, boot_at(NOON), ZONE)
        with pytest.raises(StateChanged):
            leases.activate(db, lease.id, LATER, boot_at(LATER), ZONE)


def test_a_lease_that_is_not_closing_is_not_closed(database: Database) -> None:
    with database.write() as db:
        lease = lease_for(db, add(db, "ann"), grant_of(None))
        with pytest.raises(StateChanged):
            leases.finish_closing(db, lease.id, NOON, boot_at(NOON), ZONE)
        assert leases.load_lease(db, lease.id).state is State.HELD


def test_time_counts_from_the_first_answer(database: Database) -> None:
    with database.write() as db:
        lease = lease_for(db, add(db, "ann"), grant_of(None))
        assert (lease.active_at, lease.expires_at) == (None, None)
        active = leases.activate(db, lease.id, LATER, boot_at(LATER), ZONE)
    assert (active.active_at, active.expires_at) == (LATER, LATER + timedelta(hours=4))


def test_the_number_of_a_lease_is_never_used_again(database: Database) -> None:
    with database.write() as db:
        with pytest.raises(NotFound):
            leases.load_lease(db, 1)
        ann = add(db, "ann")
        first = lease_for(db, ann, grant_of(None))
        second = lease_for(db, ann, grant_of(None), server="second")
    assert second.id > first.id
