"""A database at the newest schema, on every kind there is, and one person in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from hub.policy.gpus import SlotRange
from hub.policy.leases import Lease
from hub.policy.outcomes import Grant, Placement
from hub.policy.people import Person
from hub.policy.profiles import Profile
from hub.policy.requests import SpawnRequest
from hub.store import people
from hub.store.database import Database
from hub.store.leases import NewLease, open_lease
from hub.store.people import NewPerson
from hub.units import hours

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONE = ZoneInfo("UTC")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database at the newest schema, of every kind; nothing below knows which it is."""
    made = Database(database_url)
    yield made
    made.dispose()


def add(db: Connection, name: str, uid: int | None = None) -> Person:
    """Add a person."""
    number = people.next_uid(db, 201000) if uid is None else uid
    return people.add_person(db, NewPerson(name, number, False, None, False), NOON)


def grant_of(gpu: str | None, *slots: int) -> Grant:
    """Build a grant of these slots of a GPU of four; of none it is a CPU server's."""
    if gpu is None:
        return Grant(Placement("local"), hours(4), "site")
    placed = Placement("local", (SlotRange(gpu, slots),), 100 * len(slots))
    return Grant(placed, hours(4), "site")


def lease_for(db: Connection, person: Person, grant: Grant, server: str = "") -> Lease:
    """Open a lease."""
    request = SpawnRequest(gpus=grant.placement.weighed)
    return open_lease(db, NewLease(person, server, request, Profile("notebook"), grant), NOON, ZONE)
