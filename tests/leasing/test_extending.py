"""Extending leases on a real database: at once, by asking, by keep going."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hub import asks, extending, notices
from hub.errors import BadValue, NotFound, Refused
from hub.extending import Asked, Extended
from hub.house import House
from hub.policy.leases import Lease
from hub.policy.outcomes import Denial
from hub.policy.rights import HOST
from hub.policy.work import Sample
from hub.store.schema import leases
from hub.store.work import write_samples
from tests.leasing.conftest import NOON
from tests.leasing.field_lab import (
    HOUR,
    LAB,
    LATE,
    actions,
    actor,
    allow,
    asked,
    extend,
    field_lab,
    held_ms,
    now_of,
    start,
)

__all__ = ["field_lab"]

pytestmark = pytest.mark.usefixtures("field_lab")


def test_an_extension_moves_the_end_and_what_is_promised_and_held(house: House) -> None:
    lease = start(house)
    before = held_ms(house, lease)
    outcome = extend(house, lease, 1.5)
    assert isinstance(outcome, Extended)
    after = now_of(house, lease)
    assert outcome.lease == after
    assert lease.expires_at is not None
    assert after.expires_at == after.guaranteed_until == lease.expires_at + 1.5 * HOUR
    assert after.duration == 5.5 * HOUR
    assert held_ms(house, lease) - before == 1.5 * 3_600_000 / 2
    assert actions(house).count("lease extend") == 1


def test_a_loan_that_runs_longer_is_promised_no_more(house: House) -> None:
    lease = start(house)
    with house.database.write() as db:
        db.execute(leases.update().values(loan=True, guaranteed_until=NOON))
    assert isinstance(extend(house, lease), Extended)
    assert now_of(house, lease).guaranteed_until == NOON


def test_a_loan_is_not_extended_past_its_notice(house: House) -> None:
    lease = start(house)
    with house.database.write() as db:
        db.execute(leases.update().values(loan=True, reclaim_at=LATE + HOUR / 6))
    assert isinstance(extend(house, lease), Denial)
    assert now_of(house, lease).expires_at == lease.expires_at


def test_a_manager_may_extend_a_members_lease_and_a_stranger_may_not(house: House) -> None:
    lease = start(house)
    assert isinstance(extend(house, lease, who="tess"), Extended)
    for who in ("bob", "charlie"):
        with pytest.raises(Refused):
            extend(house, lease, who=who)


def test_a_lease_nobody_has_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        extending.extend(house, 99, 1, HOST, LATE)


@pytest.mark.parametrize("hours", [0, -1, 0.001, float("nan"), float("inf"), 10_000])
def test_hours_that_are_none_are_refused_by_name(house: House, hours: float) -> None:
    lease = start(house)
    with pytest.raises(BadValue):
        extending.extend(house, lease.id, hours, HOST, LATE)


def test_what_a_ceiling_forbids_is_asked_once(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4)
    lease = start(house)
    first, second = asked(house, lease), asked(house, lease)
    assert first == second
    assert (first.user, first.account, first.more) == ("ann", LAB, HOUR)
    assert now_of(house, lease).expires_at == lease.expires_at
    assert actions(house).count("request open") == 1


def test_asking_for_other_hours_changes_the_one_request(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4)
    lease = start(house)
    first, second = asked(house, lease), asked(house, lease, 2)
    assert (first.id, second.more) == (second.id, 2 * HOUR)


def test_what_would_pass_is_told_with_the_request(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4.5)
    lease = start(house)
    outcome = extend(house, lease)
    assert isinstance(outcome, Asked)
    assert outcome.denial.would_fit is not None
    assert outcome.denial.would_fit.duration == HOUR / 2


def work(house: House, lease: Lease, utilisation: int | None) -> None:
    """Write a sample taken half an hour before the end."""
    with house.database.write() as db:
        working = None if utilisation is None else utilisation > 0
        write_samples(db, [Sample(lease.id, utilisation, 1024, working)], LATE)


@pytest.mark.parametrize(("utilisation", "kept"), [(93, True), (None, False), (0, False)])
def test_what_was_measured_at_work_keeps_going_by_an_hour(
    house: House, utilisation: int | None, kept: bool
) -> None:
    lease = start(house)
    extending.set_keep_going(house, lease.id, True, actor(house, "ann"), NOON)
    work(house, lease, utilisation)
    assert [done.id for done in extending.keep_going(house, LATE)] == ([lease.id] if kept else [])
    assert lease.expires_at is not None
    expected = lease.expires_at + (HOUR if kept else timedelta())
    assert now_of(house, lease).expires_at == expected
    assert extending.keep_going(house, LATE) == []


def test_its_person_is_told_that_a_server_went_on_by_itself(house: House) -> None:
    lease = start(house)
    extending.set_keep_going(house, lease.id, True, actor(house, "ann"), NOON)
    work(house, lease, 93)
    extending.keep_going(house, LATE)
    (told,) = notices.load_about_lease(house, lease.id)
    assert (told.kind, told.until) == ("kept", now_of(house, lease).expires_at)


def test_without_the_switch_nothing_keeps_going(house: House) -> None:
    lease = start(house)
    work(house, lease, 93)
    assert extending.keep_going(house, LATE) == []


def test_keep_going_takes_what_is_left_of_the_whole_time_and_then_stops(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4.25)
    lease = start(house)
    extending.set_keep_going(house, lease.id, True, actor(house, "ann"), NOON)
    work(house, lease, 93)
    extending.keep_going(house, LATE)
    assert now_of(house, lease).expires_at == NOON + 4.25 * HOUR
    assert extending.keep_going(house, LATE) == []


def test_the_switch_is_its_owners(house: House) -> None:
    lease = start(house)
    with pytest.raises(Refused):
        extending.set_keep_going(house, lease.id, True, actor(house, "bob"), NOON)
    extending.set_keep_going(house, lease.id, True, actor(house, "ann"), NOON)
    extending.set_keep_going(house, lease.id, True, actor(house, "ann"), NOON)
    assert now_of(house, lease).keep_going
    assert actions(house).count("lease keep-going") == 1


def test_the_first_visit_is_noted_once(house: House) -> None:
    lease = start(house)
    assert extending.opened(house, lease.id, NOON)
    assert not extending.opened(house, lease.id, LATE)
    assert now_of(house, lease).visited_at == NOON


def test_of_many_who_extend_in_the_same_moment_just_what_fits_is_granted(house: House) -> None:
    """The group's budget holds two hours more of half a GPU, and eight ask for one at once."""
    allow(house, LAB, "gpu_hours", 3, "week")
    lease = start(house)
    ann = actor(house, "ann")
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(extending.extend, house, lease.id, 1, ann, LATE) for _ in range(8)]
        outcomes = [future.result() for future in found]
    assert [isinstance(outcome, Extended) for outcome in outcomes].count(True) == 2
    assert lease.expires_at is not None
    assert now_of(house, lease).expires_at == lease.expires_at + 2 * HOUR
    assert held_ms(house, lease) == 3 * 3_600_000
    assert len(asks.load_requests(house, HOST)) == 1
