"""The GPUs last seen on each node."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from hub.policy.fleet import Fleet
from hub.policy.gpus import Gpu
from hub.store.memo import Memo, spoil
from hub.store.schema import gpu_changes, gpus, lease_slots

GONE = "no longer on this node"
"""What is said of a GPU that its agent sees no more."""


def replace_node(db: Connection, node: str, seen: Sequence[Gpu], now: datetime) -> None:
    """Store what a node has now.

    A GPU under lease stays dealt out as it was when that lease was opened, whatever the settings
    say now. A real GPU that is no longer there becomes unknown and stays listed; a simulated one
    goes, unless it is under lease.
    """
    known = {gpu.uuid: gpu for gpu in load_gpus(db)}
    held = _slots_of_leased(db)
    same = []
    for found in seen:
        gpu = replace(found, slots=held.get(found.uuid, found.slots))
        if known.get(gpu.uuid) == gpu:
            same.append(gpu.uuid)
        else:
            _store(db, gpu, now)
    db.execute(update(gpus).where(gpus.c.uuid.in_(same)).values(seen_at=now))
    gone = (gpus.c.node == node) & gpus.c.uuid.not_in([gpu.uuid for gpu in seen])
    if db.execute(delete(gpus).where(gone, gpus.c.simulated, gpus.c.uuid.not_in(held))).rowcount:
        _count_change(db)
    _doubt(db, gone & (gpus.c.fault.is_(None) | (gpus.c.fault != GONE)), GONE)


def _store(db: Connection, gpu: Gpu, now: datetime) -> None:
    values = {field.name: getattr(gpu, field.name) for field in fields(Gpu)} | {"seen_at": now}
    if db.execute(update(gpus).where(gpus.c.uuid == gpu.uuid).values(**values)).rowcount == 0:
        db.execute(insert(gpus).values(**values))
    _count_change(db)


def _doubt(db: Connection, where: ColumnElement[bool], why: str) -> None:
    """Say of some GPUs that nothing is known of them."""
    values = {"health": "unknown", "fault": why}
    if db.execute(update(gpus).where(where).values(**values)).rowcount:
        _count_change(db)


def _count_change(db: Connection) -> None:
    """Let every process load the GPUs anew."""
    spoil(db)
    more = update(gpu_changes).values(number=gpu_changes.c.number + 1)
    if db.execute(more).rowcount == 0:
        db.execute(insert(gpu_changes).values(number=1))


def _slots_of_leased(db: Connection) -> dict[str, int]:
    held = select(lease_slots.c.gpu_uuid).distinct()
    rows = db.execute(select(gpus.c.uuid, gpus.c.slots).where(gpus.c.uuid.in_(held)))
    return {row.uuid: row.slots for row in rows}


def mark_stale(db: Connection, node: str, before: datetime, why: str) -> None:
    """Say of a node's GPUs last seen before a time that nothing is known of them just now."""
    _doubt(db, (gpus.c.node == node) & (gpus.c.health == "ok") & (gpus.c.seen_at < before), why)


def load_gpus(db: Connection) -> tuple[Gpu, ...]:
    """Load every GPU, by node and UUID."""
    columns = [gpus.c[field.name] for field in fields(Gpu)]
    rows = db.execute(select(*columns).order_by(gpus.c.node, gpus.c.uuid))
    return tuple(Gpu(*row) for row in rows.all())


_fleets: Memo[tuple[int | None, Fleet]] = Memo()


def load_fleet(db: Connection) -> Fleet:
    """Load every GPU, by node and UUID; the very same fleet while none of them changed."""
    changes: int | None = db.execute(select(gpu_changes.c.number)).scalar()
    last = _fleets.find(db)
    if last is not None and last[0] == changes:
        return last[1]
    fleet = Fleet(load_gpus(db))
    _fleets.keep(db, (changes, fleet))
    return fleet
