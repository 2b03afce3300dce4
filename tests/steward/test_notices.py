"""Notices of a lease's end, on a real database."""

from datetime import timedelta
from fractions import Fraction

import pytest

from hub import extending, leasing, notices
from hub.house import House
from hub.policy.ceilings import Quota
from hub.policy.leases import Lease
from hub.policy.rights import HOST
from hub.policy.work import Sample
from hub.steward.notices import give_notices, tidy_notices
from hub.store.ceilings import set_ceiling
from hub.store.schema import leases
from hub.store.work import write_samples
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


def why(house: House, lease: Lease) -> list[tuple[str, str]]:
    """Give code and rule of what was told with the newest notice."""
    newest = notices.load_about_lease(house, lease.id)[0]
    return [(reason.code, reason.rule) for reason in newest.why]


def keep_going(house: House, lease: Lease, worked: float | None, looked: float) -> None:
    """Switch keep going on; it worked, and was looked at, so long before the fourth hour ends."""
    extending.set_keep_going(house, lease.id, True, HOST, NOON)
    end = NOON + timedelta(hours=4)
    seen = [(worked, True)] if worked is not None else []
    with house.database.write() as db:
        for minutes, at_work in [*seen, (looked, False)]:
            sample = Sample(lease.id, None, 512, at_work)
            write_samples(db, [sample], end - minutes * MINUTE)


@pytest.mark.parametrize(
    ("worked", "looked", "rule"), [(46, 30, "idle"), (None, 31, "idle"), (50, 46, "unmeasured")]
)
def test_who_counted_on_keep_going_is_told_why_it_does_not(
    house: House, lease: Lease, worked: float | None, looked: float, rule: str
) -> None:
    keep_going(house, lease, worked, looked)
    look(house, lease, 30)
    assert why(house, lease) == [("extension", rule)]


def test_what_works_and_may_not_run_longer_is_told_which_rule_forbids_it(
    house: House, lease: Lease
) -> None:
    keep_going(house, lease, 30, 30)
    with house.database.write() as db:
        set_ceiling(db, "site", "lease_hours_total", Quota(Fraction(4)))
    look(house, lease, 30)
    assert why(house, lease) == [("hours-quota", "lease-hours-total")]


def test_who_did_not_ask_for_it_is_not_told_why_it_does_not_keep_going(
    house: House, lease: Lease
) -> None:
    look(house, lease, 30)
    assert why(house, lease) == []


def test_nobody_is_told_of_anothers_server(house: House, lease: Lease) -> None:
    look(house, lease, 30)
    assert notices.load_notices(house, "bob", NOON + timedelta(hours=4)) == []


def test_what_was_said_a_month_ago_is_forgotten(house: House, lease: Lease) -> None:
    look(house, lease, 30)
    tidy_notices(office(house, HubThatKnows(), Engine(lease.id)), NOON + timedelta(days=31))
    assert notices.load_about_lease(house, lease.id) == []
