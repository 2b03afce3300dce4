"""A lease and a window made later never break each other silently."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from admin.setup.doctor_station import check_windows
from hub import leasing, notices, reservations
from hub.house import House
from hub.leasing import Ask
from hub.policy.ceilings import Quota
from hub.policy.leases import Lease
from hub.policy.outcomes import Denial
from hub.policy.requests import SpawnRequest
from hub.policy.reservations import LENT_AHEAD
from hub.store import ceilings, people
from hub.store.gpus import replace_node
from hub.store.people import NewPerson
from hub.unkept import KIND
from tests.boots import boot_at
from tests.leasing.conftest import GPU, NOON
from tests.leasing.field_lab import actions
from tests.reservations.conftest import Reserve

DAY = timedelta(days=1)
LATER = NOON + 3 * DAY
WEEKLY = "FREQ=WEEKLY;COUNT=3"


@pytest.fixture(autouse=True)
def cast(house: House) -> None:
    """Leases of 59 days; tess manages field-lab, root is an administrator."""
    with house.database.write() as db:
        ceilings.set_ceiling(db, "site", "lease_hours", Quota(Fraction(59 * 24)))
        people.add_person(db, NewPerson("root", 201090, True, None, False), NOON)
        tess = people.add_person(db, NewPerson("tess", 201091, False, None, False), NOON)
        people.add_member(db, "field-lab", tess, NOON)
        people.set_manager(db, "field-lab", tess, True)


def ask(house: House, now: datetime, span: timedelta = LENT_AHEAD) -> Lease | Denial:
    """Let bob ask for a whole GPU for so long."""
    wish = SpawnRequest(gpus=Fraction(1), duration=span)
    outcome = leasing.request(house, Ask("bob", "", wish), now)
    assert isinstance(outcome, Lease | Denial), outcome
    if isinstance(outcome, Lease):
        return leasing.activate(house, outcome.id, now, boot_at(now))
    return outcome


def told(house: House, now: datetime, names: Iterable[str]) -> dict[str, int]:
    """Count for each what they were told of windows that can't be kept."""
    return {
        name: sum(notice.kind == KIND for notice in notices.load_notices(house, name, now))
        for name in names
    }


def test_the_longest_lease_runs_into_no_window_that_the_steward_makes_in_time(
    house: House, reserve: Reserve
) -> None:
    reserve(1, 61 * 24, 61 * 24 + 2, rrule=WEEKLY)
    reservations.ensure_occurrences(house, LATER)
    denied = ask(house, LATER)
    assert isinstance(denied, Denial)
    assert [(reason.code, reason.rule) for reason in denied.reasons] == [("reservation", "window")]


def test_a_window_made_late_that_can_not_be_kept_is_told_once(
    house: House, reserve: Reserve
) -> None:
    reserve(1, 61 * 24, 61 * 24 + 2, rrule=WEEKLY)
    assert isinstance(ask(house, LATER), Lease)  # the steward was away: nobody knew of the window
    assert reservations.ensure_occurrences(house, LATER) == 1
    cast = ("root", "tess", "ann", "bob")
    assert told(house, LATER, cast) == {"root": 1, "tess": 1, "ann": 0, "bob": 0}
    assert actions(house).count("reservation unkept") == 1
    reservations.ensure_occurrences(house, LATER + DAY / 2)
    assert told(house, LATER, cast) == {"root": 1, "tess": 1, "ann": 0, "bob": 0}
    found = check_windows(house, LATER)
    assert (found.ok, found.severity) == (False, "warning")
    assert "1 GPU" not in found.message.partition("at ")[0]
    assert "2 GPU are promised, 1 are healthy" in found.message


def test_windows_that_fit_are_told_to_nobody(house: House, reserve: Reserve) -> None:
    reserve(1, 61 * 24, 61 * 24 + 2, rrule=WEEKLY)
    assert isinstance(ask(house, LATER, 57 * DAY), Lease)
    assert reservations.ensure_occurrences(house, LATER) == 1
    assert told(house, LATER, ("root",)) == {"root": 0}
    assert check_windows(house, LATER).ok


def test_a_reservation_goes_before_a_guarantee(house: House, reserve: Reserve) -> None:
    reserve(1, 61 * 24, 61 * 24 + 2, rrule=WEEKLY)
    with house.database.write() as db:
        ceilings.set_ceiling(db, "group:visitors", "guarantee", Quota(Fraction(1)))
    reservations.ensure_occurrences(house, LATER)
    assert check_windows(house, LATER).ok


def test_doctor_names_windows_that_a_broken_gpu_takes_away(house: House, reserve: Reserve) -> None:
    reserve(1, 24, 26)
    with house.database.write() as db:
        replace_node(db, "local", [replace(GPU, health="fault", fault="Xid 79")], NOON)
    found = check_windows(house, NOON)
    assert "1 reserved windows can't be kept" in found.message
    assert "lease revoke" in str(found.remedy)
