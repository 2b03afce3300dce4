"""Moving the end of a running lease: by an update that must change one row."""

from datetime import timedelta

import pytest

from hub.errors import StateChanged
from hub.policy.leases import EndReason, Lease
from hub.store import extensions
from hub.store.database import Database
from hub.store.leases import activate, begin_closing, load_lease
from hub.store.schema import leases
from tests.boots import boot_at
from tests.store.conftest import NOON, ZONE, add, grant_of, lease_for

LATER = NOON + timedelta(hours=6)


@pytest.fixture
def lease(database: Database) -> Lease:
    """A lease of ann's that runs from noon for four hours."""
    with database.write() as db:
        opened = lease_for(db, add(db, "ann"), grant_of("GPU-a", 0))
        return activate(db, opened.id, NOON, boot_at(NOON), ZONE)


def test_the_end_is_moved(database: Database, lease: Lease) -> None:
    with database.write() as db:
        moved = extensions.extend_lease(db, lease, LATER, ZONE)
    assert moved.expires_at == moved.guaranteed_until == LATER
    assert moved.duration == timedelta(hours=6)


def test_of_two_who_decided_on_the_same_end_one_extends(database: Database, lease: Lease) -> None:
    with database.write() as db:
        extensions.extend_lease(db, lease, LATER, ZONE)
    with pytest.raises(StateChanged), database.write() as db:
        extensions.extend_lease(db, lease, LATER + timedelta(hours=9), ZONE)
    with database.read() as db:
        assert load_lease(db, lease.id).expires_at == LATER


def test_what_was_ended_meanwhile_is_not_extended(database: Database, lease: Lease) -> None:
    with database.write() as db:
        begin_closing(db, lease.id, EndReason.REVOKE, NOON)
    with pytest.raises(StateChanged), database.write() as db:
        extensions.extend_lease(db, lease, LATER, ZONE)


def test_what_was_given_notice_meanwhile_is_not_extended(database: Database, lease: Lease) -> None:
    with database.write() as db:
        db.execute(leases.update().values(reclaim_at=NOON))
    with pytest.raises(StateChanged), database.write() as db:
        extensions.extend_lease(db, lease, LATER, ZONE)


def test_a_first_visit_stays_the_first(database: Database, lease: Lease) -> None:
    with database.write() as db:
        assert extensions.set_visited(db, lease.id, NOON)
        assert not extensions.set_visited(db, lease.id, LATER)
        assert load_lease(db, lease.id).visited_at == NOON


def test_a_switch_that_stands_so_changes_nothing(database: Database, lease: Lease) -> None:
    with database.write() as db:
        assert not extensions.set_keep_going(db, lease.id, False)
        assert extensions.set_keep_going(db, lease.id, True)
        assert not extensions.set_keep_going(db, lease.id, True)
        assert load_lease(db, lease.id).keep_going
