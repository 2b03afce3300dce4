"""Ann, bob and tess of field-lab, who extend leases and ask for more; charlie is not of it."""

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from hub import extending, leasing
from hub.extending import Asked, Extended
from hub.house import House
from hub.leasing import Ask
from hub.policy.ceilings import Quota
from hub.policy.leases import Lease
from hub.policy.outcomes import Denial
from hub.policy.requests import SpawnRequest
from hub.policy.rights import Actor
from hub.store import ceilings, people
from hub.store.asks import Request
from hub.store.ledger_schema import escrow
from hub.store.people import NewPerson
from hub.store.rights import load_actor
from hub.store.schema import audit
from tests.boots import boot_at
from tests.leasing.conftest import NOON

LAB = "group:field-lab"
HOUR = timedelta(hours=1)
LATE = NOON + 3.5 * HOUR
"""Half an hour before a lease of four hours ends."""


@pytest.fixture
def field_lab(house: House) -> None:
    """Ann, bob and tess are of field-lab, and tess manages it; charlie is not of it."""
    with house.database.write() as db:
        people.add_group(db, "field-lab", NOON)
        for number, name in enumerate(("tess", "charlie")):
            people.add_person(db, NewPerson(name, 201500 + number, False, None, False), NOON)
        for name in ("ann", "bob", "tess"):
            people.add_member(db, "field-lab", people.load_person(db, name), NOON)
        people.set_manager(db, "field-lab", people.load_person(db, "tess"), True)


def start(house: House, user: str = "ann", share: str = "0.5") -> Lease:
    """Start a server of four hours at noon."""
    request = SpawnRequest(gpus=Fraction(share))
    opened = leasing.request(house, Ask(user, "", request), NOON)
    assert isinstance(opened, Lease), opened
    return leasing.activate(house, opened.id, NOON, boot_at(NOON))


def actor(house: House, name: str) -> Actor:
    """Load somebody of the cast."""
    with house.database.read() as db:
        return load_actor(db, name)


def extend(
    house: House, lease: Lease, hours: float = 1, who: str = "ann"
) -> Extended | Asked | Denial:
    """Ask for so many hours more."""
    return extending.extend(house, lease.id, hours, actor(house, who), LATE)


def asked(house: House, lease: Lease, hours: float = 1) -> Request:
    """Ask for what needs a decision."""
    outcome = extend(house, lease, hours)
    assert isinstance(outcome, Asked), outcome
    return outcome.request


def allow(house: House, scope: str, kind: str, value: float, window: str | None = None) -> None:
    """Set a quota."""
    with house.database.write() as db:
        quota = Quota(Fraction(str(value)), window)  # type: ignore[arg-type]
        ceilings.set_ceiling(db, scope, kind, quota)


def now_of(house: House, lease: Lease) -> Lease:
    """Load a lease as it is now."""
    return leasing.load_lease(house, lease.id)


def held_ms(house: House, lease: Lease) -> int:
    """Sum what the lease holds of budgets."""
    with house.database.read() as db:
        rows = db.execute(select(escrow.c.held_ms).where(escrow.c.lease_id == lease.id))
        return sum(rows.scalars())


def actions(house: House) -> list[str]:
    """List what the audit log says was done."""
    with house.database.read() as db:
        return list(db.execute(select(audit.c.action).order_by(audit.c.id)).scalars())
