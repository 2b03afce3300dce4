"""Notices of a lease's end, on a real database."""

from datetime import timedelta

import pytest

from hub import leasing, notices
from hub.house import House
from hub.policy.leases import Lease
from hub.steward.notices import give_notices, tidy_notices
from hub.store.schema import leases
from tests.boots import boot_at
from tests.leasing.conftest import NOON
from tests.steward.test_duties import HALF, Engine, HubThatKnows, office

MINUTE = timedelta(minutes=1)


@pytest.fixture
def lease(house: House) -> Lease:
    """A lease of ann's of four hours, from noon."""
    opened = leasing.request(house, leasing.Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    return leasing.activate(house, opened.id, NOON, boot_at(NOON))


def end_at(house: House, lease: Lease, hours: float) -> None:
    """Move a lease's end."""
    until = NOON + timedelta(hours=hours)
    with house.database.write() as db:
        db.execute(leases.update().where(leases.c.id == lease.id).values(expires_at=until))


def told(house: House, lease: Lease) -> list[str]:
    """Name what ann was told, oldest first."""
    found = notices.load_notices(house, "ann", NOON + timedelta(hours=4))
    return [notice.kind for notice in reversed(found)]


def look(house: House, lease: Lease, minutes_left: float) -> None:
    """Do the duty so long before the fourth hour is over."""
    at_work = office(house, HubThatKnows(), Engine(lease.id))
    give_notices(at_work, NOON + timedelta(hours=4) - minutes_left * MINUTE)


def test_each_notice_is_given_once(house: House, lease: Lease) -> None:
    for minutes_left in (40, 30, 29.9, 20, 10, 9, 1):
        look(house, lease, minutes_left)
    assert told(house, lease) == ["expires-30", "expires-10"]


def test_a_steward_that_was_away_gives_the_nearest_one_only(house: House, lease: Lease) -> None:
    look(house, lease, 8)
    assert told(house, lease) == ["expires-10"]


def test_an_end_that_moved_is_told_anew(house: House, lease: Lease) -> None:
    look(house, lease, 25)
    end_at(house, lease, 5)
    look(house, lease, 25)
    assert told(house, lease) == ["expires-30"]
    look(house, lease, -35)
    assert told(house, lease) == ["expires-30", "expires-30"]


def test_a_notice_says_which_server_and_when(house: House, lease: Lease) -> None:
    look(house, lease, 30)
    (notice,) = notices.load_about_lease(house, lease.id)
    assert notice.until == lease.expires_at
    assert notice.detail == {
        "lease": lease.id,
        "server": "",
        "until": "2026-11-22T16:00:00+00:00",
    }


def test_nobody_is_told_of_anothers_server(house: House, lease: Lease) -> None:
    look(house, lease, 30)
    assert notices.load_notices(house, "bob", NOON + timedelta(hours=4)) == []


def test_what_was_said_a_month_ago_is_forgotten(house: House, lease: Lease) -> None:
    look(house, lease, 30)
    tidy_notices(office(house, HubThatKnows(), Engine(lease.id)), NOON + timedelta(days=31))
    assert notices.load_about_lease(house, lease.id) == []
