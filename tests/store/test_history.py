"""What was asked in the past, and what a forecast learns from it."""

from datetime import timedelta
from fractions import Fraction

from sqlalchemy import Connection, update

from hub.clock import BootTime
from hub.policy.floor import Floor
from hub.policy.futures import SUPPOSED_FROM
from hub.policy.gpus import Gpu
from hub.policy.leases import EndReason, Lease
from hub.policy.profiles import Profile
from hub.policy.requests import SpawnRequest
from hub.store import leases as rows
from hub.store import tickets
from hub.store.database import Database
from hub.store.history import load_experience, load_past
from hub.store.schema import leases
from hub.store.tickets import NewTicket
from hub.units import hours
from tests.store.conftest import NOON, ZONE, add, grant_of, lease_for

BOOT = BootTime("boot", 0.0)
DAY = timedelta(days=1)


def run_for(db: Connection, lease: Lease, ran: timedelta) -> None:
    """Run a lease of four hours from noon on for so long."""
    rows.activate(db, lease.id, NOON, BOOT, ZONE)
    rows.begin_closing(db, lease.id, EndReason.RELEASE, NOON + ran)
    later = BootTime("boot", ran.total_seconds())
    rows.finish_closing(db, lease.id, NOON + ran, later, ZONE)


def floor_at(days: float) -> Floor:
    """Give a floor so many days after noon."""
    gpu = Gpu("GPU-1", "Test GPU", "local", "Test GPU", 16384, 4)
    return Floor(NOON + days * DAY, (gpu,), (), "local", {"notebook": Profile("notebook")})


def test_a_lease_that_ended_tells_what_was_asked_and_how_long_it_ran(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        run_for(db, lease_for(db, ann, grant_of("GPU-1", 0, 1)), hours(1))
        (found,) = load_past(db, NOON - DAY)
    assert (found.user, found.gpus, found.account) == ("ann", Fraction(1, 2), "site")
    assert (found.asked_at, found.duration, found.ran) == (NOON, hours(4), hours(1))


def test_a_lease_that_runs_has_no_end_yet(database: Database) -> None:
    with database.write() as db:
        lease_for(db, add(db, "ann"), grant_of("GPU-1", 0))
        (found,) = load_past(db, NOON - DAY)
    assert found.ran is None


def test_a_start_that_never_answered_and_a_cpu_server_are_left_out(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        lease_for(db, ann, grant_of(None), "cpu")
        lease = lease_for(db, ann, grant_of("GPU-1", 0))
        rows.begin_closing(db, lease.id, EndReason.FAULT, NOON)
        rows.finish_closing(db, lease.id, NOON, BOOT, ZONE)
        assert load_past(db, NOON - DAY) == []


def test_who_waits_counts_from_when_they_asked(database: Database) -> None:
    with database.write() as db:
        request = SpawnRequest(gpus=Fraction(1, 2), if_busy="wait")
        new = NewTicket(add(db, "ann"), "", "site", request, hours(2))
        tickets.open_ticket(db, new, NOON - hours(3))
        (found,) = load_past(db, NOON - DAY)
        assert load_past(db, NOON - hours(2)) == []
    assert (found.asked_at, found.duration, found.ran) == (NOON - hours(3), hours(2), None)


def test_a_lease_from_a_ticket_counts_from_when_that_was_asked(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        request = SpawnRequest(gpus=Fraction(1, 4), if_busy="wait")
        ticket = tickets.open_ticket(
            db, NewTicket(ann, "", "site", request, hours(4)), NOON - hours(5)
        )
        lease = lease_for(db, ann, grant_of("GPU-1", 0))
        db.execute(update(leases).where(leases.c.id == lease.id).values(ticket_id=ticket.id))
        found = [one for one in load_past(db, NOON - DAY) if one.name.startswith("lease")]
    assert [one.asked_at for one in found] == [NOON - hours(5)]


def test_who_asked_before_the_day_and_started_on_it_is_left_out(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        request = SpawnRequest(gpus=Fraction(1, 4), if_busy="wait")
        new = NewTicket(ann, "", "site", request, hours(4))
        ticket = tickets.open_ticket(db, new, NOON - hours(5))
        lease = lease_for(db, ann, grant_of("GPU-1", 0))
        db.execute(update(leases).where(leases.c.id == lease.id).values(ticket_id=ticket.id))
        assert load_past(db, NOON - hours(1)) == []


def test_before_the_day_asked_for_nothing_is_told(database: Database) -> None:
    with database.write() as db:
        lease_for(db, add(db, "ann"), grant_of("GPU-1", 0))
        assert load_past(db, NOON + timedelta(seconds=1)) == []


def test_a_forecast_learns_how_much_of_their_time_people_use(database: Database) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        run_for(db, lease_for(db, ann, grant_of("GPU-1", 0)), hours(1))
        running = lease_for(db, ann, grant_of("GPU-1", 1), "two")
        found = load_experience(db, floor_at(0.5))
    assert found.used == (0.25,)
    assert found.since == {running.id: NOON}


def test_who_came_lately_is_supposed_to_come_again(database: Database) -> None:
    with database.write() as db:
        lease_for(db, add(db, "ann"), grant_of("GPU-1", 0, 1))
        found = load_experience(db, floor_at(1.25))
    comers = [queued.ticket for future in found.futures for queued in future]
    assert {(ticket.user, ticket.gpus) for ticket in comers} == {("ann", Fraction(1, 2))}
    assert all(ticket.asked_at >= floor_at(1.25).now for ticket in comers)
    assert all(ticket.id >= SUPPOSED_FROM for ticket in comers)


def test_a_station_without_a_past_has_no_experience(database: Database) -> None:
    with database.read() as db:
        found = load_experience(db, floor_at(0))
    assert (found.used, dict(found.since), found.futures) == ((), {}, ())


def test_only_the_latest_leases_are_looked_at_where_so_many_are_asked_for(
    database: Database,
) -> None:
    with database.write() as db:
        ann = add(db, "ann")
        numbers = [lease_for(db, ann, grant_of("GPU-1", n), f"s{n}").id for n in range(4)]
        found = load_past(db, NOON - DAY, latest=2)
    assert [one.name for one in found] == [f"lease-{number}" for number in numbers[2:]]
