"""The wall clock as last seen beside boot time, and moving by a step what stands by wall time."""

from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    insert,
    select,
    true,
    type_coerce,
    update,
)

from hub import crashes
from hub.policy.clock_steps import Seen
from hub.policy.leases import State
from hub.policy.tickets import OPEN
from hub.store.ledger_schema import meters
from hub.store.log_ins import WINDOW
from hub.store.schema import clocks, duty_holders, gpus, lease_work, leases, log_in_failures
from hub.store.waiting_schema import notices, tickets

LEASE_TIMES = (
    "opened_at",
    "active_at",
    "expires_at",
    "guaranteed_until",
    "closing_at",
    "offer_until",
    "visited_at",
    "reclaim_at",
)
EVERY_ROW = true()
TICKET_TIMES = ("asked_at", "not_before", "earliest", "latest", "judged_at")


def find_seen(db: Connection, node: str) -> Seen | None:
    """Load how a node's clock was last seen; None if it never was."""
    row = db.execute(select(clocks).where(clocks.c.node == node)).first()
    return Seen(row.boot_id, row.offset_ms) if row else None


def set_seen(db: Connection, node: str, seen: Seen) -> None:
    """Store how a node's clock is seen now."""
    values = {"boot_id": seen.boot_id, "offset_ms": seen.offset_ms}
    if db.execute(update(clocks).where(clocks.c.node == node).values(**values)).rowcount == 0:
        db.execute(insert(clocks).values(node=node, **values))


def move_times(db: Connection, step: timedelta) -> dict[str, int]:
    """Move by a step of the wall clock whatever counts from now; gives how many rows of each.

    Calendar times, such as reservations, and what is past and written down stay as they are.
    """
    open_leases = select(leases.c.id).where(leases.c.state != State.CLOSED)
    open_tickets = select(tickets.c.id).where(tickets.c.state.in_(OPEN))
    subjects = [f"lease:{number}" for number in db.execute(open_leases).scalars()]
    subjects += [f"ticket:{number}" for number in db.execute(open_tickets).scalars()]
    return {
        "leases": _move(db, leases, LEASE_TIMES, step, leases.c.id.in_(open_leases)),
        "meters": _move(db, meters, ("at",), step, meters.c.lease_id.in_(open_leases)),
        "tickets": _move(db, tickets, TICKET_TIMES, step, tickets.c.state.in_(OPEN)),
        "log_ins": _move(db, log_in_failures, ("first_at",), step),
        "notices": _move_notices(db, subjects, step),
        "samples": _move(db, lease_work, ("sampled_at", "busy_at"), step),
        "gpus": _move(db, gpus, ("seen_at",), step),
        "duties": _move(db, duty_holders, ("until",), step),
    }


def restart_lock_outs(db: Connection, alive: datetime | None, now: datetime) -> None:
    """Begin again, from now, every lock-out that had not ended when the machine went down.

    `alive` is when that was at the latest; None is not known, and then all begin again. Nobody
    knows how long it was off, nor whether its clock is right.
    """
    in_force = true() if alive is None else log_in_failures.c.first_at > alive - WINDOW
    db.execute(update(log_in_failures).where(in_force).values(first_at=now))


def _move_notices(db: Connection, subjects: list[str], step: timedelta) -> int:
    """Move what notices are about, one by one and the foremost first.

    Their key is unique at every moment, and two ends of one lease may lie just a step apart.
    """
    about = notices.c.subject.in_(subjects) & notices.c.until.is_not(None)
    foremost = notices.c.until.desc() if step > timedelta() else notices.c.until.asc()
    rows = db.execute(select(notices.c.id, notices.c.until).where(about).order_by(foremost)).all()
    for row in rows:
        mine = notices.c.id == row.id
        db.execute(update(notices).where(mine).values(until=row.until + step))
    return len(rows)


def _move(
    db: Connection,
    table: Table,
    names: tuple[str, ...],
    step: timedelta,
    where: ColumnElement[bool] = EVERY_ROW,
) -> int:
    """Add a step to columns, which hold microseconds; a time that is not set stays so."""
    microseconds = step // timedelta(microseconds=1)
    values = {name: type_coerce(table.c[name], BigInteger) + microseconds for name in names}
    done = db.execute(update(table).where(where).values(**values))
    crashes.here("clock.moved")
    return int(done.rowcount)
