"""An offer holds slots and no server's name, until it is claimed or withdrawn, once."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from hub.errors import StateChanged
from hub.policy.leases import EndReason, Lease, State
from hub.policy.people import Person
from hub.policy.profiles import Profile
from hub.policy.requests import SpawnRequest
from hub.store import leases, offers
from hub.store.database import Database
from hub.store.holdings import load_taken
from hub.store.leases import NewLease, open_lease
from tests.store.conftest import NOON, add, grant_of, lease_for

UTC = ZoneInfo("UTC")
TEN = NOON + timedelta(minutes=10)


def offer_to(db: Connection, person: Person) -> Lease:
    """Hold two slots for somebody."""
    grant = grant_of("GPU-a", 0, 1)
    new = NewLease(person, "", SpawnRequest(gpus=grant.placement.weighed), Profile("n"), grant)
    return open_lease(db, replace(new, offer_until=TEN), NOON, UTC)


def test_an_offer_stands_beside_the_server_of_its_name(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        running = lease_for(db, ann, grant_of(None))
        offer = offer_to(db, ann)
        assert offers.is_unclaimed(offer)
        assert offers.find_holder(db, ann.id, "") == running
        assert leases.find_offer(db, "ann", "") == offer


def test_an_offer_is_not_claimed_while_its_name_is_taken(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        lease_for(db, ann, grant_of(None))
        offer = offer_to(db, ann)
    with pytest.raises(IntegrityError), database.write() as db:
        leases.claim_offer(db, offer.id)
    with database.read() as db:
        assert leases.find_offer(db, "ann", "") == offer


def test_a_withdrawn_offer_frees_its_slots_at_once(database: Database) -> None:
    with database.write() as db:
        offer = offer_to(db, add(db, "ann"))
        offers.withdraw(db, offer.id, EndReason.UNCLAIMED, NOON, UTC)
        assert load_taken(db) == ()
        closed = leases.load_lease(db, offer.id)
    assert (closed.state, closed.end_reason) == (State.CLOSED, EndReason.UNCLAIMED)


@pytest.mark.parametrize("gone", ["claimed", "withdrawn"])
def test_what_is_no_offer_any_more_is_not_withdrawn_or_prolonged(
    database: Database, gone: str
) -> None:
    with database.write() as db:
        offer = offer_to(db, add(db, "ann"))
        if gone == "claimed":
            leases.claim_offer(db, offer.id)
        else:
            offers.withdraw(db, offer.id, EndReason.UNCLAIMED, NOON, UTC)
        with pytest.raises(StateChanged):
            offers.withdraw(db, offer.id, EndReason.UNCLAIMED, NOON, UTC)
        with pytest.raises(StateChanged):
            offers.prolong(db, offer.id, TEN)
        with pytest.raises(StateChanged):
            leases.claim_offer(db, offer.id)
