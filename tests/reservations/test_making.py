"""Making, listing and removing reservations on a real station."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Connection

from hub import leasing, reservations
from hub.errors import NotFound
from hub.house import House
from hub.leasing import Ask
from hub.policy.ceilings import Quota
from hub.policy.claims import Unclaimed
from hub.policy.leases import Lease
from hub.policy.requests import SpawnRequest
from hub.reservations import Made
from hub.store import ceilings, notices
from hub.store.database import Database
from hub.store.reservations import load_occurrences
from tests.leasing.conftest import NOON
from tests.reservations.conftest import Reserve, at, claim_of, made, refused, run_server

WEEKLY = "FREQ=WEEKLY;COUNT=20"


def audited(house: House) -> list[str]:
    """List what the audit log says was done to reservations and leases, oldest first."""
    with house.database.read() as db:
        return list(db.exec_driver_sql("SELECT action FROM audit ORDER BY id").scalars())


def test_a_reservation_is_listed_with_its_coming_windows(house: House, reserve: Reserve) -> None:
    one = reserve(0.5, 2, 3, rrule=WEEKLY)
    (listed,) = reservations.load_listed(house, at(7 * 24))
    assert (listed.reservation, len(listed.coming)) == (one, 19)
    assert listed.coming[0].since == at(7 * 24 + 2)


def test_only_an_accounts_own_are_listed_for_it(house: House, reserve: Reserve) -> None:
    reserve(0.5, 2, 3)
    mine = reserve(0.5, 2, 3, "visitors")
    (listed,) = reservations.load_listed(house, NOON, "group:visitors")
    assert listed.reservation == mine


def test_what_does_not_fit_leaves_nothing(house: House, reserve: Reserve) -> None:
    reserve(0.75, 2, 3)
    claims = [claim_of(house, 0.25, 5, 6, "visitors"), claim_of(house, 0.5, 2, 3, "visitors")]
    refusal = refused(reservations.add(house, claims, False, "host", NOON))
    assert [reason.rule for reason in refusal.reasons] == ["capacity"]
    assert len(reservations.load_listed(house, NOON)) == 1
    assert audited(house) == ["reservation add"]


def test_a_window_months_ahead_is_in_the_way_though_it_is_not_made_yet(
    house: House, reserve: Reserve
) -> None:
    reserve(1, 2, 3, rrule=WEEKLY)
    late = 15 * 7 * 24
    with house.database.read() as db:
        assert max(window.since for window in load_occurrences(db, NOON)) < at(late)
    claim = claim_of(house, 0.5, late + 2.5, late + 4, "visitors")
    (reason,) = refused(reservations.add(house, [claim], False, "host", NOON)).reasons
    assert reason.soonest == at(late + 3)


def test_a_running_lease_is_in_the_way_until_it_ends(house: House) -> None:
    run_server(house, hours=4)
    early = claim_of(house, 0.5, 3, 5)
    (reason,) = refused(reservations.add(house, [early], False, "host", NOON)).reasons
    assert reason.soonest == at(4)
    made(reservations.add(house, [claim_of(house, 0.5, 4, 6)], False, "host", NOON))


def test_anothers_guarantee_is_kept(house: House) -> None:
    with house.database.write() as db:
        ceilings.set_ceiling(db, "group:visitors", "guarantee", Quota(Fraction(1, 2)))
    refused(reservations.add(house, [claim_of(house, 0.75, 2, 3)], False, "host", NOON))
    made(reservations.add(house, [claim_of(house, 1, 2, 3, "visitors")], False, "host", NOON))


def test_with_an_administrators_word_leases_in_the_way_end_sooner_with_notice(
    house: House,
) -> None:
    lease = run_server(house, hours=4)
    claims = [claim_of(house, 1, 2, 3)]
    refusal = refused(reservations.add(house, claims, False, "host", NOON))
    assert [gone.lease_id for gone in refusal.in_the_way] == [lease.id]
    done = made(reservations.add(house, claims, True, "root", NOON))
    found = leasing.load_lease(house, lease.id)
    assert done.shortened == refusal.in_the_way
    assert (found.expires_at, found.guaranteed_until) == (at(2), at(2))
    with house.database.read() as db:
        (notice,) = notices.load_about(db, f"lease:{lease.id}")
    assert (notice.person_id, notice.kind, notice.until) == (lease.person_id, "shortened", at(2))
    assert audited(house) == ["reservation add", "lease shorten"]


def test_a_lease_has_its_notice_even_when_the_window_begins_sooner(house: House) -> None:
    lease = run_server(house, hours=4)
    made(reservations.add(house, [claim_of(house, 1, 0.05, 3)], True, "root", NOON))
    notice = house.terms.rules.reclaim_notice
    assert leasing.load_lease(house, lease.id).expires_at == NOON + notice


def test_what_is_reserved_can_not_be_started_by_another(house: House, reserve: Reserve) -> None:
    reserve(1, 2, 3)
    for_four = SpawnRequest(gpus=Fraction(1, 4), duration=timedelta(hours=4))
    assert not isinstance(leasing.request(house, Ask("ann", "", for_four), NOON), Lease)
    for_two = SpawnRequest(gpus=Fraction(1, 4), duration=timedelta(hours=2))
    assert isinstance(leasing.request(house, Ask("ann", "", for_two), NOON), Lease)


def test_a_removed_reservation_is_in_nobodys_way(house: House, reserve: Reserve) -> None:
    one = reserve(1, 2, 3, rrule=WEEKLY)
    assert reservations.remove(house, one.id, "root", NOON) == one
    assert reservations.load_listed(house, NOON) == []
    reserve(1, 2, 3, "visitors", WEEKLY)
    with pytest.raises(NotFound):
        reservations.remove(house, one.id, "root", NOON)
    actions = ["reservation add", "reservation remove", "reservation add"]
    assert audited(house) == actions


@pytest.mark.parametrize("account", ["group:nowhere", "course:botany", "site", "user:ann", ""])
def test_an_account_that_is_not_there_is_not_found(house: House, account: str) -> None:
    claim = claim_of(house, 1, 2, 3)
    unknown = type(claim)(account, claim.parts, claim.series)
    with pytest.raises(NotFound):
        reservations.add(house, [unknown], False, "host", NOON)


def test_more_than_500_windows_in_all_are_refused(house: House) -> None:
    daily = [claim_of(house, 0.25, 2 + n, 3 + n, rrule="FREQ=DAILY;COUNT=300") for n in range(2)]
    (reason,) = refused(reservations.add(house, daily, False, "host", NOON)).reasons
    assert reason.rule == "too-many"


class DatabaseWithSomebodyElse(Database):
    """A database in which somebody else writes just before our first write."""

    def __init__(self, real: Database, writes: Callable[[], object]) -> None:
        self.engine, self.sqlite = real.engine, real.sqlite
        self._writes: Callable[[], object] | None = writes

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Let them go first, once."""
        writes, self._writes = self._writes, None
        if writes is not None:
            writes()
        with super().write() as db:
            yield db


def set_guarantee(house: House) -> None:
    """Guarantee half a GPU to the visitors."""
    with house.database.write() as db:
        ceilings.set_ceiling(db, "group:visitors", "guarantee", Quota(Fraction(1, 2)))


def visitors_reserve(house: House) -> None:
    """Reserve half a GPU for the visitors, in the same window."""
    made(reservations.add(house, [claim_of(house, 0.5, 2, 3, "visitors")], False, "host", NOON))


def bob_starts(house: House) -> None:
    """Let bob run half a GPU over the window."""
    run_server(house, "bob", "0.5")


@pytest.mark.parametrize("writes", [set_guarantee, visitors_reserve, bob_starts])
def test_what_others_write_in_the_same_moment_is_counted(
    house: House, writes: Callable[[House], None]
) -> None:
    crowded = replace(
        house, database=DatabaseWithSomebodyElse(house.database, lambda: writes(house))
    )
    claim = claim_of(house, 0.75, 2, 3)
    (reason,) = refused(reservations.add(crowded, [claim], False, "host", NOON)).reasons
    assert (reason.rule, reason.numbers["promised"]) == ("capacity", 1.25)


def test_a_start_in_the_same_moment_is_counted_beside_reservations(
    house: House, reserve: Reserve
) -> None:
    reserve(0.5, 2, 3, "visitors")
    crowded = replace(
        house, database=DatabaseWithSomebodyElse(house.database, lambda: bob_starts(house))
    )
    claim = claim_of(house, 0.5, 2, 3)
    (reason,) = refused(reservations.add(crowded, [claim], False, "host", NOON)).reasons
    assert (reason.rule, reason.numbers["promised"]) == ("capacity", 1.5)


def test_of_two_made_at_once_that_do_not_fit_together_one_stands(house: House) -> None:
    barrier = threading.Barrier(4)
    done: list[Made | Unclaimed] = []

    def reserve(group: str) -> None:
        barrier.wait()
        claim = claim_of(house, 0.75, 2, 3, group)
        done.append(reservations.add(house, [claim], False, "host", NOON))

    groups = ["field-lab", "visitors"] * 2
    threads = [threading.Thread(target=reserve, args=(group,)) for group in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(each).__name__ for each in done) == ["Made"] + ["Unclaimed"] * 3
    assert len(reservations.load_listed(house, NOON)) == 1
