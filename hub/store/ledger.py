"""What a lease costs as rows: escrow, meter and charges, moved in the caller's one transaction.

Leases hold escrow from their opening, are charged tick by tick while active, and are settled when
they are closed. Clocks are never read here.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select, update

from hub import crashes
from hub.clock import BootTime
from hub.errors import StateChanged
from hub.policy import meters as m
from hub.policy.escrow import hold
from hub.policy.leases import Lease
from hub.policy.meters import Meter, Reading
from hub.policy.people import SITE
from hub.policy.windows import day_of
from hub.store.entries import (
    CHARGE,
    ON_LOAN,
    OVERRUN,
    Entry,
    add_to_day,
    load_sums,
    scopes_of,
    write_entry,
)
from hub.store.gpus import GONE
from hub.store.ledger_schema import escrow, meters
from hub.store.schema import gpus, lease_work

SOON = timedelta(seconds=60)
"""How old a look at a lease's GPUs may be to tell of a shorter span."""


def open_escrow(db: Connection, lease: Lease, zone: ZoneInfo) -> None:
    """Hold the whole possible cost of a lease just opened, and count the lease."""
    for scope in scopes_of(lease.account, lease.user):
        add_to_day(db, scope, day_of(lease.opened_at, zone), leases=1)
    ensure_escrow(db, lease, zone)


def ensure_escrow(db: Connection, lease: Lease, zone: ZoneInfo) -> None:
    """Hold what a lease as it stands may still cost: to be called whenever its times changed."""
    _set_escrow(db, lease, hold(lease, load_meter(db, lease.id), zone))


def begin_meter(
    db: Connection, lease: Lease, now: datetime, boot: BootTime, zone: ZoneInfo
) -> None:
    """Begin to charge a lease that has just become active; a CPU server's costs nothing."""
    if not lease.parts:
        return
    db.execute(insert(meters).values(lease_id=lease.id, **vars(m.begin(_reading(now, boot)))))
    crashes.here("ledger.meter-begun")
    ensure_escrow(db, lease, zone)


def tick(db: Connection, lease: Lease, now: datetime, boot: BootTime, zone: ZoneInfo) -> int:
    """Charge a running lease up to now; gives the weighted GPU-milliseconds that charged.

    Done again at the same boot time, it charges nothing; nor what ends before it began.
    """
    meter = load_meter(db, lease.id)
    if meter is None:
        if lease.active_at is not None:
            begin_meter(db, lease, now, boot, zone)
        return 0
    after = _charge(db, lease, meter, _reading(now, boot), zone)
    _set_escrow(db, lease, hold(lease, after, zone))
    return after.charged_ms - meter.charged_ms


def settle(db: Connection, lease: Lease, now: datetime, boot: BootTime, zone: ZoneInfo) -> None:
    """Write the last charge of a lease that is closed now, and hold nothing any more.

    `lease` is as it was before it was closed. Every lease leaves a last row, if only of nothing.
    """
    meter = load_meter(db, lease.id)
    at, seq = now, 1
    if meter is not None:
        meter = _charge(db, lease, meter, _reading(now, boot), zone)
        at, seq = meter.at, meter.seq + 1
        _write_overrun(db, lease, meter, zone)
    _set_escrow(db, lease, {})
    crashes.here("ledger.escrow-freed")
    person = (lease.person_id, lease.user)
    last = Entry(CHARGE, day_of(at, zone), 0, lease.account, person, lease.id, seq)
    write_entry(db, last, at)


def load_meter(db: Connection, lease_id: int) -> Meter | None:
    """Load how far a lease was read; None before its first answer and for CPU servers."""
    row = db.execute(select(meters).where(meters.c.lease_id == lease_id)).mappings().first()
    if row is None:
        return None
    return Meter(**{name: row[name] for name in row if name != "lease_id"})


def _reading(now: datetime, boot: BootTime) -> Reading:
    return Reading(now, boot.boot_id, int(boot.seconds * 1000))


def _charge(db: Connection, lease: Lease, before: Meter, reading: Reading, zone: ZoneInfo) -> Meter:
    """Move a lease's meter on, and write what that charges."""
    ticked = m.tick(lease, before, reading, _counting(db, lease), zone)
    after = _with_work(db, lease, before, ticked.meter)
    where = (meters.c.lease_id == lease.id) & (meters.c.charged_ms == before.charged_ms)
    unmoved = (meters.c.seq == before.seq) & (meters.c.boot_ms == before.boot_ms)
    done = db.execute(update(meters).where(where, unmoved).values(**vars(after)))
    if done.rowcount != 1:
        raise StateChanged(f"lease {lease.id} was charged by somebody else in the same moment")
    crashes.here("ledger.meter-moved")
    person, note = (lease.person_id, lease.user), ON_LOAN if lease.loan else ""
    for day, cost in ticked.charges:
        entry = Entry(CHARGE, day, cost, lease.account, person, lease.id, after.seq, note=note)
        write_entry(db, entry, after.at)
    return after


def _counting(db: Connection, lease: Lease) -> bool:
    """Say whether its time counts: not while a GPU of it is lost.

    While only the agent is silent its server runs on, and is charged.
    """
    held = [part.gpu_uuid for part in lease.slots]
    gone = (gpus.c.health == "fault") | (gpus.c.fault == GONE)
    lost = select(gpus.c.uuid).where(gpus.c.uuid.in_(held), gone).limit(1)
    return db.execute(lost).first() is None


def _with_work(db: Connection, lease: Lease, before: Meter, after: Meter) -> Meter:
    """Count the span as busy unless its GPUs were looked at and seen idle: unknown is not idle."""
    since = min(before.at, after.at - SOON)
    looked = (lease_work.c.lease_id == lease.id) & (lease_work.c.sampled_at >= since)
    row = db.execute(select(lease_work.c.busy_at).where(looked)).first()
    if row is not None and (row.busy_at is None or row.busy_at < since):
        return after
    return replace(after, busy_ms=before.busy_ms + after.run_ms - before.run_ms)


def _write_overrun(db: Connection, lease: Lease, meter: Meter, zone: ZoneInfo) -> None:
    cost = m.overrun_cost_ms(lease, meter)
    if cost:
        day = day_of(meter.at, zone)
        write_entry(db, Entry(OVERRUN, day, cost, SITE, None, lease.id), meter.at)
        crashes.here("ledger.overrun-written")


def _set_escrow(db: Connection, lease: Lease, wanted: Mapping[date, int]) -> None:
    """Make the escrow of a lease what is wanted, and the sums of its scopes with it."""
    rows = db.execute(select(escrow.c.day, escrow.c.held_ms).where(escrow.c.lease_id == lease.id))
    held: dict[date, int] = {row.day: row.held_ms for row in rows}
    for day in sorted({*held, *wanted}):
        more = wanted.get(day, 0) - held.get(day, 0)
        if more:
            _set_held(db, lease.id, day, wanted.get(day, 0))
            crashes.here("ledger.escrow-held")
            for scope in scopes_of(lease.account, lease.user):
                add_to_day(db, scope, day, held_ms=more)


def _set_held(db: Connection, lease_id: int, day: date, held_ms: int) -> None:
    where = (escrow.c.lease_id == lease_id) & (escrow.c.day == day)
    if not held_ms:
        db.execute(delete(escrow).where(where))
    elif db.execute(update(escrow).where(where).values(held_ms=held_ms)).rowcount == 0:
        db.execute(insert(escrow).values(lease_id=lease_id, day=day, held_ms=held_ms))


__all__ = [
    "begin_meter",
    "ensure_escrow",
    "load_meter",
    "load_sums",
    "open_escrow",
    "settle",
    "tick",
    "write_entry",
]
