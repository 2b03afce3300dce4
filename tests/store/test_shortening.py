"""A lease that gives way to a reservation."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from hub.policy.leases import EndReason, Lease
from hub.store import leases
from hub.store.database import Database
from hub.store.shortening import shorten_lease
from tests.boots import boot_at
from tests.store.books import check_agreement
from tests.store.conftest import NOON, ZONE, add, grant_of, lease_for

HOUR = timedelta(hours=1)


def opened(db: Connection) -> Lease:
    """Open half a GPU for four hours."""
    return lease_for(db, add(db, "ann"), grant_of("GPU-a", 0, 1))


def running(db: Connection) -> Lease:
    """Open a lease and activate it at noon."""
    return leases.activate(db, opened(db).id, NOON, boot_at(NOON), ZONE)


def test_a_shortened_lease_ends_and_is_promised_to_the_new_time(database: Database) -> None:
    cut = NOON + HOUR
    with database.write() as db:
        lease = running(db)
        assert shorten_lease(db, lease.id, cut, NOON, ZONE)
        found = leases.load_lease(db, lease.id)
    assert (found.expires_at, found.guaranteed_until, found.duration) == (cut, cut, HOUR)


def test_a_shortened_lease_holds_no_more_than_it_may_still_cost(database: Database) -> None:
    with database.write() as db:
        lease = running(db)
        shorten_lease(db, lease.id, NOON + HOUR, NOON, ZONE)
        check_agreement(db)
        held = db.exec_driver_sql("SELECT SUM(held_ms) FROM escrow").scalar()
    assert held == HOUR // timedelta(milliseconds=1) // 2


@pytest.mark.parametrize("hours", [4, 5])
def test_a_lease_is_never_made_longer(database: Database, hours: int) -> None:
    with database.write() as db:
        lease = running(db)
        assert not shorten_lease(db, lease.id, NOON + hours * HOUR, NOON, ZONE)
        assert leases.load_lease(db, lease.id) == lease


def test_a_lease_that_does_not_run_yet_will_run_for_less(database: Database) -> None:
    with database.write() as db:
        lease = opened(db)
        assert shorten_lease(db, lease.id, NOON + HOUR, NOON, ZONE)
        check_agreement(db)
        started = leases.activate(db, lease.id, NOON, boot_at(NOON), ZONE)
    assert started.expires_at == NOON + HOUR


def test_a_lease_that_is_closing_is_left_alone(database: Database) -> None:
    with database.write() as db:
        lease = running(db)
        leases.begin_closing(db, lease.id, EndReason.RELEASE, NOON)
        assert not shorten_lease(db, lease.id, NOON + HOUR, NOON, ZONE)
