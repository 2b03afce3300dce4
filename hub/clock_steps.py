"""Follow the wall clock when somebody sets it: what counts from now moves by the same step."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.clock import BootTime
from hub.house import NODE, House
from hub.policy.clock_steps import Seen, step_between, worth_storing
from hub.store import clocks, duties, leases, ledger
from hub.store.audit import write
from hub.store.columns import EPOCH

MILLISECOND = timedelta(milliseconds=1)
MOST_STEPS = 5

Clocks = Callable[[], tuple[datetime, BootTime]]
"""Reads wall time and boot time, one right after the other."""


def look(house: House, read: Clocks) -> datetime:
    """Give a wall time that agrees with the times stored: those a step moves are moved first."""
    now, boot = read()
    for _ in range(MOST_STEPS):
        with house.database.read() as db:
            known = clocks.find_seen(db, NODE)
        if not worth_storing(known, see(now, boot)):
            break
        with house.database.write() as db:
            now, boot = read()
            settle(db, now, boot, house.zone)
    return now


def settle(db: Connection, now: datetime, boot: BootTime, zone: ZoneInfo) -> timedelta | None:
    """Move what a step of the wall clock moves; gives the step, None where there was none.

    After a boot nothing moves, and lock-outs that were in force begin again.

    For a write transaction, and with clocks read inside it: an older reading would undo a step
    that somebody else followed meanwhile.
    """
    seen = see(now, boot)
    known = clocks.find_seen(db, NODE)
    if not worth_storing(known, seen):
        return None
    clocks.set_seen(db, NODE, seen)
    if known is not None and known.boot_id != seen.boot_id:
        clocks.restart_lock_outs(db, duties.latest_end(db), now)
    step = step_between(known, seen)
    if step is not None:
        moved = clocks.move_times(db, step)
        for lease in leases.load_open(db):
            ledger.ensure_escrow(db, lease, zone)
        detail = {"node": NODE, "step_s": round(step.total_seconds(), 3), "moved": moved}
        write(db, "steward", "clock step", detail, now)
    return step


def see(now: datetime, boot: BootTime) -> Seen:
    """Turn the two clocks, read together, into what is stored of them."""
    return Seen(boot.boot_id, (now - EPOCH) // MILLISECOND - round(boot.seconds * 1000))
