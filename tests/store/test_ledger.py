"""The ledger as rows: ledger, sums, escrow and meters agree, whatever happened on the way."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from hub.policy.budgets import DaySum
from hub.policy.gpus import Gpu
from hub.policy.leases import EndReason, Lease
from hub.policy.people import Person
from hub.store import clocks, leases, ledger
from hub.store.corrections import spread
from hub.store.database import Database
from hub.store.entries import CHARGE, Entry, load_sums, write_entry
from hub.store.gpus import mark_stale, replace_node
from hub.store.ledger_schema import fair_shares
from hub.store.ledger_schema import ledger as rows
from hub.store.people import add_group
from hub.store.schema import leases as lease_rows
from hub.store.usage import UsageRecord, load_usage, load_used
from tests.boots import boot_at
from tests.store.books import check_agreement
from tests.store.conftest import NOON, ZONE, add, grant_of, lease_for

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
HOUR_MS = 3_600_000


@pytest.fixture
def ann(database: Database) -> Person:
    """One person."""
    with database.write() as db:
        return add(db, "ann")


def open_active(db: Connection, person: Person, active_at: datetime = NOON) -> Lease:
    """Open half a GPU for four hours, at noon, and activate it."""
    lease = lease_for(db, person, grant_of("GPU-a", 0, 1))
    return leases.activate(db, lease.id, active_at, boot_at(active_at), ZONE)


def tick(db: Connection, lease: Lease, now: datetime) -> int:
    """Charge a lease as it stands now."""
    return ledger.tick(db, leases.load_lease(db, lease.id), now, boot_at(now), ZONE)


def close(db: Connection, lease: Lease, now: datetime, gone: datetime | None = None) -> None:
    """End a lease; its container is gone at once, or later."""
    leases.begin_closing(db, lease.id, EndReason.RELEASE, now)
    leases.finish_closing(db, lease.id, gone or now, boot_at(gone or now), ZONE)


def sums(db: Connection, scope: str = "user:ann") -> dict[date, DaySum]:
    """Load a scope's days."""
    found = load_sums(db, [scope], SUNDAY - 9 * timedelta(days=1), MONDAY)
    return {day: total for (_, day), total in found.items()}


def entries(db: Connection) -> list[tuple[str, int]]:
    """List the ledger."""
    query = select(rows.c.kind, rows.c.gpu_ms).order_by(rows.c.id)
    return [(kind, gpu_ms) for kind, gpu_ms in db.execute(query)]


def test_the_whole_possible_cost_is_held_at_the_opening(database: Database, ann: Person) -> None:
    with database.write() as db:
        lease_for(db, ann, grant_of("GPU-a", 0, 1))
        for scope in ("user:ann", "site"):
            assert sums(db, scope) == {SUNDAY: DaySum(0, 2 * HOUR_MS)}
        check_agreement(db)


def test_it_is_split_anew_at_the_first_answer(database: Database, ann: Person) -> None:
    with database.write() as db:
        open_active(db, ann, NOON + 10 * HOUR)
        assert sums(db) == {SUNDAY: DaySum(0, HOUR_MS), MONDAY: DaySum(0, HOUR_MS)}
        check_agreement(db)


def test_a_tick_moves_what_is_held_to_what_is_settled(database: Database, ann: Person) -> None:
    with database.write() as db:
        lease = open_active(db, ann)
        assert tick(db, lease, NOON + HOUR) == HOUR_MS // 2
        assert sums(db) == {SUNDAY: DaySum(HOUR_MS // 2, 3 * HOUR_MS // 2)}
        check_agreement(db)


def test_a_tick_repeated_charges_nothing(database: Database, ann: Person) -> None:
    with database.write() as db:
        lease = open_active(db, ann)
        charged = [tick(db, lease, NOON + n) for n in (HOUR, HOUR, MINUTE, HOUR)]
        assert charged == [HOUR_MS // 2, 0, 0, 0]
        check_agreement(db)


def test_a_charge_is_never_written_twice(database: Database, ann: Person) -> None:
    with database.write() as db:
        lease = open_active(db, ann)
        tick(db, lease, NOON + HOUR)
    again = Entry(CHARGE, SUNDAY, 5, "site", (ann.id, ann.name), lease.id, 1)
    with pytest.raises(IntegrityError), database.write() as db:
        write_entry(db, again, NOON)


def test_closing_charges_the_rest_and_holds_nothing(database: Database, ann: Person) -> None:
    with database.write() as db:
        lease = open_active(db, ann)
        tick(db, lease, NOON + HOUR)
        close(db, lease, NOON + 2 * HOUR, NOON + 2 * HOUR + MINUTE)
        assert sums(db) == {SUNDAY: DaySum(HOUR_MS, 0)}
        check_agreement(db)


def test_what_runs_over_is_the_sites_and_nobodys(database: Database, ann: Person) -> None:
    with database.write() as db:
        lease = open_active(db, ann)
        leases.begin_closing(db, lease.id, EndReason.EXPIRE, NOON + 4 * HOUR)
        tick(db, lease, NOON + 5 * HOUR)
        gone = NOON + 6 * HOUR
        leases.finish_closing(db, lease.id, gone, boot_at(gone), ZONE)
        overrun = db.execute(select(rows).where(rows.c.kind == "overrun")).one()
        assert (overrun.person_id, overrun.account, overrun.gpu_ms) == (None, "site", HOUR_MS)
        assert load_used(db, "user:ann", SUNDAY, SUNDAY) == DaySum(2 * HOUR_MS, 0)
        assert load_used(db, "site", SUNDAY, SUNDAY) == DaySum(3 * HOUR_MS, 0)
        check_agreement(db)


def test_a_lease_that_never_answered_costs_nothing(database: Database, ann: Person) -> None:
    with database.write() as db:
        lease = lease_for(db, ann, grant_of("GPU-a", 0, 1))
        close(db, lease, NOON + HOUR)
        assert entries(db) == [(CHARGE, 0)]
        assert sums(db) == {SUNDAY: DaySum(0, 0)}
        check_agreement(db)


def test_a_server_without_a_gpu_holds_nothing_and_is_counted(
    database: Database, ann: Person
) -> None:
    with database.write() as db:
        lease = lease_for(db, ann, grant_of(None))
        leases.activate(db, lease.id, NOON, boot_at(NOON), ZONE)
        close(db, lease, NOON + HOUR)
        assert load_usage(db, "user", SUNDAY) == [UsageRecord("ann", 0, 0, 1)]
        check_agreement(db)


def test_an_extension_holds_more(database: Database, ann: Person) -> None:
    with database.write() as db:
        lease = open_active(db, ann)
        longer = lease_rows.update().where(lease_rows.c.id == lease.id)
        db.execute(longer.values(expires_at=NOON + 6 * HOUR))
        ledger.ensure_escrow(db, leases.load_lease(db, lease.id), ZONE)
        ledger.ensure_escrow(db, leases.load_lease(db, lease.id), ZONE)
        assert sums(db) == {SUNDAY: DaySum(0, 3 * HOUR_MS)}
        check_agreement(db)


def test_while_only_the_agent_is_silent_the_server_is_charged(
    database: Database, ann: Person
) -> None:
    gpu = Gpu("GPU-a", "Test GPU", "local", "Test GPU", 16384, 4)
    with database.write() as db:
        replace_node(db, "local", [gpu], NOON)
        lease = open_active(db, ann)
        mark_stale(db, "local", NOON + HOUR, "the agent does not answer")
        assert tick(db, lease, NOON + HOUR) == HOUR_MS // 2
        replace_node(db, "local", [], NOON + HOUR)
        assert tick(db, lease, NOON + 2 * HOUR) == 0


def test_time_in_which_the_gpu_was_lost_is_not_charged(database: Database, ann: Person) -> None:
    gpu = Gpu("GPU-a", "Test GPU", "local", "Test GPU", 16384, 4)
    lost = replace(gpu, health="fault")
    with database.write() as db:
        replace_node(db, "local", [gpu], NOON)
        lease = open_active(db, ann)
        charged = []
        for n, seen in enumerate((gpu, lost, gpu), start=1):
            replace_node(db, "local", [seen], NOON)
            charged.append(tick(db, lease, NOON + n * HOUR))
        assert charged == [HOUR_MS // 2, 0, HOUR_MS // 2]
        check_agreement(db)


@pytest.mark.parametrize("step", [2 * HOUR, -2 * HOUR])
def test_a_clock_that_was_set_moves_meters_with_their_leases(
    database: Database, ann: Person, step: timedelta
) -> None:
    with database.write() as db:
        lease = open_active(db, ann)
        tick(db, lease, NOON + HOUR)
        clocks.move_times(db, step)
        for hour in (2, 3, 5):
            at = NOON + hour * HOUR
            moved = leases.load_lease(db, lease.id)
            ledger.tick(db, moved, at + step, boot_at(at), ZONE)
            check_agreement(db)
        meter = ledger.load_meter(db, lease.id)
    assert meter is not None
    assert (meter.charged_ms, meter.overrun_ms) == (2 * HOUR_MS, HOUR_MS)
    assert meter.at == NOON + 5 * HOUR + step


def test_a_charge_on_a_loan_is_marked(database: Database, ann: Person) -> None:
    with database.write() as db:
        lease = open_active(db, ann)
        db.execute(lease_rows.update().values(loan=True))
        tick(db, lease, NOON + HOUR)
        db.execute(lease_rows.update().values(loan=False))
        tick(db, lease, NOON + 2 * HOUR)
        notes = db.execute(select(rows.c.note).order_by(rows.c.id)).scalars().all()
    assert notes == ["loan", ""]


def test_what_a_person_was_charged_fades(database: Database, ann: Person) -> None:
    with database.write() as db:
        whose = (ann.id, ann.name)
        for week in (0, 1):
            at = NOON + week * timedelta(days=7)
            write_entry(db, Entry(CHARGE, SUNDAY, 1000, "site", whose), at)
        share = db.execute(select(fair_shares)).one()
    assert (share.gpu_ms, share.at) == (1500.0, NOON + timedelta(days=7))


def test_accounts_add_up_to_the_site(database: Database, ann: Person) -> None:
    with database.write() as db:
        add_group(db, "field-lab", NOON)
        whose = (ann.id, ann.name)
        for number, account in enumerate(("group:field-lab", "site")):
            write_entry(db, Entry(CHARGE, SUNDAY, 10 + number, account, whose), NOON)
        found = load_usage(db, "group", SUNDAY)
    assert found == [UsageRecord("group:field-lab", 10, 0, 0), UsageRecord("site", 11, 0, 0)]


def test_a_correction_never_leaves_less_than_nothing_on_a_day(
    database: Database, ann: Person
) -> None:
    whose = (ann.id, ann.name)
    with database.write() as db:
        for day, used in ((SUNDAY, 5), (MONDAY, 7)):
            write_entry(db, Entry(CHARGE, day, used, "site", whose), NOON)
        assert spread(db, ann, "site", -9, MONDAY) == {MONDAY: -7, SUNDAY: -2}
        assert sum(spread(db, ann, "site", -13, MONDAY).values()) == -12
        assert spread(db, ann, "site", 3, MONDAY) == {MONDAY: 3}
