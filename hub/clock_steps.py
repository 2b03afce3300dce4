"""Follow the wall clock when somebody sets it: what counts from now moves by the same step."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.clock import BootTime
from hub.house import NODE, House
from hub.policy.clock_steps import Seen, step_between, worth_storing
from hub.store import clocks, leases, ledger
from hub.store.audit import write
from hub.store.columns import EPOCH

MILLISECOND = timedelta(milliseconds=1)


def settle(house: House, now: datetime, boot: BootTime) -> timedelta | None:
    """Look at the clock and move what it moves; gives the step, None where there was none.

    `now` and `boot` are to be read one after the other, with nothing between them.
    """
    seen = see(now, boot)
    with house.database.read() as db:
        known = clocks.find_seen(db, NODE)
    if not worth_storing(known, seen):
        return None
    with house.database.write() as db:
        return settle_in(db, now, boot, house.zone)


def settle_in(db: Connection, now: datetime, boot: BootTime, zone: ZoneInfo) -> timedelta | None:
    """Do the same inside a write transaction that is going to write times of its own."""
    seen = see(now, boot)
    known = clocks.find_seen(db, NODE)
    if not worth_storing(known, seen):
        return None
    clocks.set_seen(db, NODE, seen)
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
