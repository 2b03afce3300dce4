"""A lease of weeks, where the ceiling allows one, keeps what is promised and held weeks ahead."""

from datetime import timedelta
from fractions import Fraction

import pytest

from hub import extending, leasing, quotas, reservations
from hub.errors import Refused
from hub.house import House
from hub.leasing import Ask
from hub.policy.ceilings import Quota, Window
from hub.policy.leases import Lease
from hub.policy.outcomes import Denial
from hub.policy.requests import SpawnRequest
from hub.policy.reservations import Series
from hub.policy.rights import HOST
from hub.reservations import Claim, Made
from hub.store import ceilings, people
from hub.units import PARTS
from tests.boots import boot_at
from tests.leasing.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def weeks(house: House) -> None:
    """Leases may run for 400 hours."""
    with house.database.write() as db:
        ceilings.set_ceiling(db, "site", "lease_hours", Quota(Fraction(400)))


def ask(house: House, user: str, gpus: Fraction, days: float) -> Lease | list[str]:
    """Ask for so many days; gives the lease, or the codes of what forbids it."""
    request = SpawnRequest(gpus=gpus, duration=days * DAY)
    told = leasing.request(house, Ask(user, "", request), NOON)
    if isinstance(told, Lease):
        return told
    assert isinstance(told, Denial)
    return [reason.code for reason in told.reasons]


def test_a_long_lease_does_not_run_into_a_window_that_is_weeks_away(house: House) -> None:
    begins = (NOON + 10 * DAY).replace(tzinfo=None)
    with house.database.write() as db:
        people.add_group(db, "lab", NOON)
    claim = Claim("group:lab", PARTS, Series(begins, begins + timedelta(hours=4), "UTC"))
    assert isinstance(reservations.add(house, [claim], False, "root", NOON), Made)
    assert ask(house, "ann", Fraction(1), 12) == ["reservation"]
    assert isinstance(ask(house, "ann", Fraction(1), 9.5), Lease)


@pytest.mark.parametrize("window", ["day", "week"])
def test_budgets_hold_for_every_window_of_a_long_lease(house: House, window: Window) -> None:
    hours = Fraction(18 if window == "day" else 18 * 7)
    with house.database.write() as db:
        ceilings.set_ceiling(db, "site", "gpu_hours", Quota(hours, window))
    half = Fraction(1, 2)
    assert isinstance(ask(house, "ann", half, 14), Lease)
    assert ask(house, "bob", half, 14).count("budget") >= 2  # type: ignore[union-attr]


def test_nothing_is_extended_beyond_what_is_known_of_reservations(house: House) -> None:
    with house.database.write() as db:
        ceilings.set_ceiling(db, "site", "lease_hours_total", Quota(Fraction(8784)))
    held = ask(house, "ann", Fraction(1), 10)
    assert isinstance(held, Lease)
    leasing.activate(house, held.id, NOON, boot_at(NOON))
    denied = extending.extend(house, held.id, 50 * 24, HOST, NOON)
    assert isinstance(denied, Denial)
    assert [(reason.code, reason.rule) for reason in denied.reasons] == [("reservation", "ahead")]
    assert denied.would_fit is not None
    assert denied.would_fit.duration == 49 * DAY
    assert isinstance(extending.extend(house, held.id, 49 * 24, HOST, NOON), extending.Extended)


@pytest.mark.parametrize("scope", ["site", "user:ann"])
def test_no_lease_may_be_longer_than_reservations_are_known(house: House, scope: str) -> None:
    most, more = Quota(Fraction(1416)), Quota(Fraction("1416.5"))
    with pytest.raises(Refused, match=r"1416\.5: at most 1416 h \(59 days\) at once"):
        quotas.set_quotas(house, scope, {"lease_hours": more}, "host", NOON)
    found = quotas.set_quotas(house, scope, {"lease_hours": most}, "host", NOON)
    assert found.set_here["lease_hours"] == most
    quotas.set_quotas(house, scope, {"lease_hours_total": Quota(Fraction(8784))}, "host", NOON)
