"""Requests as rows: one open for a lease, each decided once."""

from datetime import timedelta

import pytest

from hub.errors import NotFound, StateChanged
from hub.policy.leases import EndReason, Lease
from hub.store import asks
from hub.store.database import Database
from hub.store.leases import begin_closing
from tests.store.conftest import NOON, add, grant_of, lease_for

HOUR = timedelta(hours=1)


@pytest.fixture
def lease(database: Database) -> Lease:
    """A lease of ann's."""
    with database.write() as db:
        return lease_for(db, add(db, "ann"), grant_of(None))


def test_what_is_asked_is_what_is_loaded(database: Database, lease: Lease) -> None:
    with database.write() as db:
        made = asks.ensure_open(db, lease, 2 * HOUR, NOON)
    with database.read() as db:
        assert asks.load_open(db) == [made] == [asks.find_open(db, lease.id)]
    assert (made.user, made.account, made.lease_id, made.more) == (
        "ann",
        "site",
        lease.id,
        2 * HOUR,
    )
    assert (made.state, made.decided_at, made.decided_by, made.note) == ("open", None, None, "")


def test_a_lease_has_one_open_request(database: Database, lease: Lease) -> None:
    with database.write() as db:
        first = asks.ensure_open(db, lease, HOUR, NOON)
    with database.write() as db:
        assert asks.ensure_open(db, lease, 2 * HOUR, NOON + HOUR).id == first.id
        assert [(ask.more, ask.asked_at) for ask in asks.load_all(db)] == [(2 * HOUR, NOON)]


def test_a_request_is_decided_once(database: Database, lease: Lease) -> None:
    with database.write() as db:
        made = asks.ensure_open(db, lease, HOUR, NOON)
        decided = asks.decide(db, made.id, asks.REFUSED, "tess", "no", NOON + HOUR)
    assert (decided.state, decided.decided_by, decided.note) == ("refused", "tess", "no")
    with pytest.raises(StateChanged), database.write() as db:
        asks.decide(db, made.id, asks.GRANTED, "root", "", NOON + HOUR)
    with database.read() as db:
        assert asks.load(db, made.id) == decided


def test_after_it_was_decided_another_may_be_asked(database: Database, lease: Lease) -> None:
    with database.write() as db:
        first = asks.ensure_open(db, lease, HOUR, NOON)
        asks.decide(db, first.id, asks.REFUSED, "tess", "", NOON)
        assert asks.ensure_open(db, lease, HOUR, NOON).id != first.id


def test_the_request_of_a_lease_that_ends_lapses(database: Database, lease: Lease) -> None:
    with database.write() as db:
        asks.ensure_open(db, lease, HOUR, NOON)
        assert asks.lapse_ended(db, NOON) == 0
        begin_closing(db, lease.id, EndReason.RELEASE, NOON)
        assert asks.lapse_ended(db, NOON) == 1
        assert asks.load_open(db) == []


@pytest.mark.parametrize("number", [0, -1, 7, 2**63])
def test_a_request_nobody_made_is_not_found(database: Database, number: int) -> None:
    with database.read() as db, pytest.raises(NotFound):
        asks.load(db, number)


def test_the_newest_request_of_a_lease_tells_what_became_of_it(
    database: Database, lease: Lease
) -> None:
    with database.write() as db:
        assert asks.find_latest(db, lease.id) is None
        first = asks.ensure_open(db, lease, HOUR, NOON)
        decided = asks.decide(db, first.id, asks.REFUSED, "tess", "no", NOON)
        assert asks.find_latest(db, lease.id) == decided
        second = asks.ensure_open(db, lease, HOUR, NOON)
        assert asks.find_latest(db, lease.id) == second
