"""Two hours either way on the wall clock: no early end, no lost place, no shortened lock-out."""

import json
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import Row, select

from hub import clock_steps, leasing
from hub.clock import BootTime
from hub.house import House
from hub.inventory import refresh
from hub.policy.leases import EndReason, Lease, State
from hub.steward.expiry import close_expired
from hub.steward.notices import give_notices
from hub.store import duties, log_ins
from hub.store.gpus import load_gpus
from hub.store.ledger_schema import day_sums, escrow
from hub.store.notices import NewNotice, add_notice
from hub.store.schema import audit
from hub.store.waiting_schema import notices, tickets
from tests.boots import boot_at
from tests.leasing.conftest import NOON, AgentThatIsSilent
from tests.steward.test_duties import HALF, Engine, HubThatKnows, office

TWO_HOURS = timedelta(hours=2)
EITHER_WAY = pytest.mark.parametrize("step", [TWO_HOURS, -TWO_HOURS])


@pytest.fixture
def lease(house: House) -> Lease:
    """A lease of ann's, answering since noon, of one hour."""
    opened = leasing.request(house, leasing.Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    leasing.activate(house, opened.id, NOON, boot_at(NOON))
    look(house, NOON, 1000)
    return leasing.load_lease(house, opened.id)


def look(house: House, now: datetime, seconds: float, boot_id: str = "boot-a") -> None:
    """Look at the clock."""
    assert clock_steps.look(house, lambda: (now, BootTime(boot_id, seconds))) == now


def add_ticket(house: House) -> None:
    """Put bob into the waiting list, asked at noon."""
    with house.database.write() as db:
        db.execute(
            tickets.insert().values(
                person_id=2,
                server="",
                account="site",
                profile="notebook",
                gpus=Fraction(1),
                duration=timedelta(hours=1),
                preemptible=True,
                auto_start=True,
                asked_at=NOON,
                state="waiting",
            )
        )


@EITHER_WAY
def test_a_lease_keeps_the_time_it_had_left(house: House, lease: Lease, step: timedelta) -> None:
    look(house, NOON + step + timedelta(minutes=1), 1060)
    moved = leasing.load_lease(house, lease.id)
    assert lease.expires_at is not None
    assert moved.expires_at == moved.guaranteed_until == lease.expires_at + step
    assert (moved.opened_at, moved.active_at) == (NOON + step, NOON + step)
    assert moved.duration == lease.duration


@EITHER_WAY
def test_nothing_ends_early_nor_late(house: House, lease: Lease, step: timedelta) -> None:
    at_work = office(house, HubThatKnows(), Engine(lease.id))
    nearly = NOON + step + lease.duration - timedelta(minutes=1)
    look(house, nearly, 1000 + (lease.duration - timedelta(minutes=1)).total_seconds())
    close_expired(at_work, nearly)
    assert leasing.load_lease(house, lease.id).state is State.ACTIVE
    close_expired(at_work, NOON + step + lease.duration)
    assert leasing.load_lease(house, lease.id).state is State.CLOSING


@EITHER_WAY
def test_who_waits_keeps_how_long_they_waited(house: House, lease: Lease, step: timedelta) -> None:
    add_ticket(house)
    look(house, NOON + step, 1000)
    with house.database.read() as db:
        assert db.execute(select(tickets.c.asked_at)).scalar_one() == NOON + step


@EITHER_WAY
def test_a_lock_out_lasts_as_long_as_before(house: House, lease: Lease, step: timedelta) -> None:
    with house.database.write() as db:
        for _ in range(6):
            log_ins.add_failure(db, "ann", "10.0.0.1", NOON)
    look(house, NOON + step + timedelta(minutes=10), 1600)
    with house.database.read() as db:
        found = log_ins.load_failures(db, "ann", "10.0.0.1", NOON + step + timedelta(minutes=10))
        assert found == (6, NOON + step + timedelta(minutes=15))


@EITHER_WAY
def test_a_step_is_in_the_audit_log_once(house: House, lease: Lease, step: timedelta) -> None:
    look(house, NOON + step, 1000)
    look(house, NOON + step + timedelta(seconds=5), 1005)
    with house.database.read() as db:
        rows = db.execute(select(audit).where(audit.c.action == "clock step")).all()
    assert [json.loads(row.detail)["step_s"] for row in rows] == [step.total_seconds()]


@EITHER_WAY
def test_a_notice_is_not_given_again_for_a_step(
    house: House, lease: Lease, step: timedelta
) -> None:
    late = lease.duration - timedelta(minutes=20)
    at_work = office(house, HubThatKnows(), Engine(lease.id))
    give_notices(at_work, NOON + late)
    look(house, NOON + late + step, 1000 + late.total_seconds())
    give_notices(at_work, NOON + late + step)
    with house.database.read() as db:
        assert len(db.execute(select(notices.c.id)).all()) == 1


@EITHER_WAY
def test_notices_of_ends_that_lie_a_step_apart_move_all(
    house: House, lease: Lease, step: timedelta
) -> None:
    ends = [NOON + n * TWO_HOURS for n in (1, 2, 3)]
    with house.database.write() as db:
        for end in (ends[1], ends[0], ends[2]):
            add_notice(db, NewNotice(1, f"lease:{lease.id}", "expires-30", end, {}), NOON)
    look(house, NOON + step, 1000)
    with house.database.read() as db:
        moved = db.execute(select(notices.c.until).order_by(notices.c.until)).scalars().all()
    assert moved == [end + step for end in ends]


@EITHER_WAY
def test_what_is_known_of_gpus_grows_stale_as_before(
    house: House, lease: Lease, step: timedelta
) -> None:
    look(house, NOON + step + timedelta(seconds=40), 1040)
    now = NOON + step + timedelta(seconds=40)
    refresh(house, AgentThatIsSilent(), now)  # type: ignore[arg-type]
    with house.database.read() as db:
        assert [gpu.health for gpu in load_gpus(db)] == ["unknown"]


def test_a_reboot_moves_nothing(house: House, lease: Lease) -> None:
    look(house, NOON + TWO_HOURS, 12, "boot-b")
    assert leasing.load_lease(house, lease.id) == lease
    look(house, NOON + TWO_HOURS + timedelta(minutes=1), 72, "boot-b")
    assert leasing.load_lease(house, lease.id) == lease


@pytest.mark.parametrize(("minutes_ago", "failures"), [(14, 6), (16, 0)])
def test_after_a_reboot_a_lock_out_that_was_in_force_begins_again(
    house: House, lease: Lease, minutes_ago: int, failures: int
) -> None:
    with house.database.write() as db:
        duties.hold(db, "steward", "a", NOON, NOON)
        for _ in range(6):
            log_ins.add_failure(db, "ann", "10.0.0.1", NOON - timedelta(minutes=minutes_ago))
    look(house, NOON + TWO_HOURS, 12, "boot-b")
    with house.database.read() as db:
        at = NOON + TWO_HOURS + timedelta(minutes=14)
        assert log_ins.load_failures(db, "ann", "10.0.0.1", at)[0] == failures


def test_a_closed_lease_stays_as_it_is_written(house: House, lease: Lease) -> None:
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, NOON)
    leasing.finish_closing(house, lease.id, NOON, boot_at(NOON))
    closed = leasing.load_lease(house, lease.id)
    look(house, NOON + TWO_HOURS, 1000)
    assert leasing.load_lease(house, lease.id) == closed


def test_a_reading_taken_before_a_step_that_was_followed_meanwhile_undoes_nothing(
    house: House, lease: Lease
) -> None:
    readings = [(NOON, 1000.0), (NOON + TWO_HOURS, 1000.0), (NOON + TWO_HOURS, 1000.0)]
    look(house, NOON + TWO_HOURS, 1000)

    def read() -> tuple[datetime, BootTime]:
        wall, seconds = readings.pop(0)
        return wall, BootTime("boot-a", seconds)

    assert clock_steps.look(house, read) == NOON + TWO_HOURS
    assert leasing.load_lease(house, lease.id).active_at == NOON + TWO_HOURS
    assert [row.action for row in audit_rows(house)].count("clock step") == 1


def test_what_a_lease_holds_of_budgets_moves_with_it(house: House, lease: Lease) -> None:
    look(house, NOON + timedelta(days=1), 1000)
    with house.database.read() as db:
        held = db.execute(select(escrow.c.day, escrow.c.held_ms)).all()
        sums = db.execute(select(day_sums.c.day, day_sums.c.held_ms).where(day_sums.c.held_ms > 0))
        assert [row.day for row in held] == [NOON.date() + timedelta(days=1)]
        assert {row.day for row in sums} == {NOON.date() + timedelta(days=1)}


def audit_rows(house: House) -> list[Row[Any]]:
    """Load the audit log."""
    with house.database.read() as db:
        return list(db.execute(select(audit)).all())
