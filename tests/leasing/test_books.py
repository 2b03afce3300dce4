"""The books as use cases: charging all that runs, corrections, and the month."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from fractions import Fraction

import pytest

from hub import books, leasing
from hub.books import Correction
from hub.errors import BadValue, NotFound, Refused
from hub.house import House
from hub.leasing import Ask
from hub.policy.budgets import DaySum
from hub.policy.ceilings import Quota
from hub.policy.leases import EndReason, Lease
from hub.policy.outcomes import Denial
from hub.policy.requests import SpawnRequest
from hub.store import ceilings
from hub.store.ledger import load_meter
from hub.store.usage import load_used
from tests.boots import boot_at
from tests.leasing.conftest import NOON
from tests.store.books import check_agreement

HALF = SpawnRequest(gpus=Fraction(1, 2))
SUNDAY = date(2026, 11, 22)
HOUR = timedelta(hours=1)
HOUR_MS = 3_600_000


def start(house: House, user: str) -> Lease:
    """Start half a GPU for four hours at noon."""
    opened = leasing.request(house, Ask(user, "", HALF), NOON)
    assert isinstance(opened, Lease)
    return leasing.activate(house, opened.id, NOON, boot_at(NOON))


def used(house: House, scope: str) -> DaySum:
    """Read what a scope used on the day of the tests."""
    with house.database.read() as db:
        check_agreement(db)
        return load_used(db, scope, SUNDAY, SUNDAY)


def test_everything_that_runs_is_charged(house: House) -> None:
    held = [start(house, name) for name in ("ann", "bob")]
    at = NOON + HOUR
    charged = books.tick_all(house, at, boot_at(at))
    assert charged == {lease.id: HOUR_MS // 2 for lease in held}
    assert used(house, "site") == DaySum(HOUR_MS, 3 * HOUR_MS)


def test_ticks_of_two_stewards_at_once_charge_once(house: House) -> None:
    start(house, "ann")
    at = NOON + HOUR
    for boot in (boot_at(at), boot_at(at - HOUR / 2), boot_at(at)):
        books.tick_all(house, at, boot)
    assert used(house, "user:ann").settled_ms == HOUR_MS // 2


def test_a_lease_that_did_not_answer_yet_is_not_charged(house: House) -> None:
    opened = leasing.request(house, Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    assert books.tick_all(house, NOON + HOUR, boot_at(NOON + HOUR)) == {}
    assert used(house, "user:ann") == DaySum(0, 2 * HOUR_MS)


def test_a_tick_of_a_lease_closed_meanwhile_charges_nothing(house: House) -> None:
    lease = start(house, "ann")
    end = NOON + HOUR
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, end)
    leasing.finish_closing(house, lease.id, end, boot_at(end))
    assert books.tick_one(house, lease.id, end + HOUR, boot_at(end + HOUR)) == 0
    assert used(house, "user:ann") == DaySum(HOUR_MS // 2, 0)


def test_nothing_is_charged_for_the_time_the_machine_was_off(house: House) -> None:
    start(house, "ann")
    books.tick_all(house, NOON + HOUR, boot_at(NOON + HOUR))
    for minutes in (120, 121):
        at = NOON + timedelta(minutes=minutes)
        books.tick_all(house, at, boot_at(at, "boot-2"))
    assert used(house, "user:ann").settled_ms == HOUR_MS // 2 + 30_000


def test_the_last_gpu_hour_of_a_budget_is_held_once(house: House) -> None:
    with house.database.write() as db:
        ceilings.set_ceiling(db, "site", "gpu_hours", Quota(Fraction(2), "week"))
    start(house, "ann")
    refused = leasing.request(house, Ask("bob", "", HALF), NOON)
    assert isinstance(refused, Denial)
    [reason] = refused.reasons
    assert (reason.code, reason.rule, reason.numbers["held"]) == ("budget", "gpu-hours", 2)


def test_two_starts_at_once_on_the_last_gpu_hour_are_never_both_and_never_neither(
    house: House,
) -> None:
    with house.database.write() as db:
        ceilings.set_ceiling(db, "site", "gpu_hours", Quota(Fraction(2), "week"))
    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            asks = [Ask(name, "", HALF) for name in ("ann", "bob")]
            both = list(pool.map(lambda ask: leasing.request(house, ask, NOON), asks))
            [opened] = [outcome for outcome in both if isinstance(outcome, Lease)]
            [refused] = [outcome for outcome in both if isinstance(outcome, Denial)]
            assert [reason.code for reason in refused.reasons] == ["budget"]
            leasing.begin_closing(house, opened.id, EndReason.RELEASE, NOON)
            leasing.finish_closing(house, opened.id, NOON, boot_at(NOON))


def test_what_a_lease_did_not_use_is_free_again_when_it_ends(house: House) -> None:
    with house.database.write() as db:
        ceilings.set_ceiling(db, "site", "gpu_hours", Quota(Fraction(3), "week"))
    lease = start(house, "ann")
    end = NOON + HOUR
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, end)
    leasing.finish_closing(house, lease.id, end, boot_at(end))
    assert isinstance(leasing.request(house, Ask("bob", "", HALF), end), Lease)


def correct(house: House, gpu_ms: int, **changes: str) -> None:
    """Correct what ann was charged."""
    known = {"user": "ann", "note": "a broken fan"} | changes
    books.correct(house, Correction(gpu_ms=gpu_ms, **known), "root", NOON + HOUR)  # type: ignore[arg-type]


def test_a_correction_takes_back_what_was_charged_and_no_more(house: House) -> None:
    start(house, "ann")
    books.tick_all(house, NOON + HOUR, boot_at(NOON + HOUR))
    correct(house, -HOUR_MS // 4)
    assert used(house, "user:ann").settled_ms == HOUR_MS // 4
    with pytest.raises(Refused, match=r"only 0\.250"):
        correct(house, -HOUR_MS)
    assert used(house, "user:ann").settled_ms == HOUR_MS // 4


@pytest.mark.parametrize(
    ("gpu_ms", "changes", "error"),
    [
        (0, {}, BadValue),
        (5, {"note": "  "}, BadValue),
        (5, {"user": "ghost"}, NotFound),
        (5, {"group": "visitors"}, NotFound),
    ],
)
def test_a_correction_that_says_nothing_or_nobody_is_refused(
    house: House, gpu_ms: int, changes: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        correct(house, gpu_ms, **changes)
    assert used(house, "site") == DaySum(0, 0)


def test_a_month_has_what_was_got_asked_and_overrun(house: House) -> None:
    lease = start(house, "ann")
    leasing.begin_closing(house, lease.id, EndReason.EXPIRE, NOON + 4 * HOUR)
    gone = NOON + 5 * HOUR
    leasing.finish_closing(house, lease.id, gone, boot_at(gone))
    [site] = books.statement(house, None, date(2026, 11, 1), gone)
    assert (site.account, site.got, site.asked) == ("site", 2 * HOUR_MS, 2 * HOUR_MS)
    assert (site.overrun, site.corrections, site.wasted) == (HOUR_MS // 2, 0, 0)


def test_a_month_of_an_unknown_group_is_refused(house: House) -> None:
    with pytest.raises(NotFound):
        books.statement(house, "ghosts", date(2026, 11, 1), NOON)


def test_a_server_that_ends_before_it_began_is_read_by_no_meter(house: House) -> None:
    opened = leasing.request(house, Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    leasing.begin_closing(house, opened.id, EndReason.RELEASE, NOON)
    books.tick_all(house, NOON + HOUR, boot_at(NOON + HOUR))
    with house.database.read() as db:
        assert load_meter(db, opened.id) is None
