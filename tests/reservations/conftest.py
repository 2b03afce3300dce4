"""The station of the leasing tests, with groups; and reservations by hours after noon."""

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from hub import leasing, reservations
from hub.house import House
from hub.leasing import Ask
from hub.policy.claims import Unclaimed
from hub.policy.leases import Lease
from hub.policy.requests import SpawnRequest
from hub.policy.reservations import Reservation, Series
from hub.reservations import Claim, Made
from hub.store import people
from hub.wall_time import wall_of
from tests.boots import boot_at
from tests.leasing.conftest import NOON
from tests.leasing.conftest import house as bare_house

__all__ = ["bare_house"]

Reserve = Callable[..., Reservation]


def at(hours: float) -> datetime:
    """Give the moment that many hours after noon."""
    return NOON + timedelta(hours=hours)


@pytest.fixture
def house(bare_house: House) -> House:
    """A station of one GPU with the groups field-lab and visitors."""
    with bare_house.database.write() as db:
        for name in ("field-lab", "visitors"):
            people.add_group(db, name, NOON)
    return bare_house


def claim_of(
    house: House, gpus: float, since: float, until: float, group: str = "field-lab",
    rrule: str | None = None,
) -> Claim:  # fmt: skip
    """Claim so many GPUs between hours after noon."""
    walls = (wall_of(at(hours), house.zone) for hours in (since, until))
    series = Series(*walls, house.zone.key, rrule)
    return Claim(f"group:{group}", int(gpus * 400), series, "Soil")


def made(done: Made | Unclaimed) -> Made:
    """Give what must have been made."""
    assert isinstance(done, Made), done
    return done


def refused(done: Made | Unclaimed) -> Unclaimed:
    """Give what must have been refused."""
    assert isinstance(done, Unclaimed), done
    return done


@pytest.fixture
def reserve(house: House) -> Reserve:
    """Make one reservation at noon."""

    def reserve_one(
        gpus: float, since: float, until: float, group: str = "field-lab", rrule: str | None = None
    ) -> Reservation:
        claim = claim_of(house, gpus, since, until, group, rrule)
        (one,) = made(reservations.add(house, [claim], False, "host", NOON)).reservations
        return one

    return reserve_one


def run_server(house: House, user: str = "ann", gpus: str = "1", hours: float = 4) -> Lease:
    """Open and activate a lease at noon."""
    request = SpawnRequest(gpus=Fraction(gpus), duration=timedelta(hours=hours))
    opened = leasing.request(house, Ask(user, "", request), NOON)
    assert isinstance(opened, Lease), opened
    return leasing.activate(house, opened.id, NOON, boot_at(NOON))
