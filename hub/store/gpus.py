"""The GPUs last seen on each node."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from hub.policy.fleet import Fleet
from hub.policy.gpus import Gpu
from hub.store.memo import Memo, spoil
from hub.store.schema import gpus, lease_slots

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
    db.execute(delete(gpus).where(gone, gpus.c.simulated, gpus.c.uuid.not_in(held)))
    _doubt(db, gone & (gpus.c.fault.is_(None) | (gpus.c.fault != GONE)), GONE)


def _store(db: Connection, gpu: Gpu, now: datetime) -> None:
    values = {field.name: getattr(gpu, field.name) for field in fields(Gpu)}
    values |= {"seen_at": now, "version": _next_version(db)}
    if db.execute(update(gpus).where(gpus.c.uuid == gpu.uuid).values(**values)).rowcount == 0:
        db.execute(insert(gpus).values(**values))


def _doubt(db: Connection, where: ColumnElement[bool], why: str) -> None:
    """Say of some GPUs that nothing is known of them."""
    values = {"health": "unknown", "fault": why, "version": _next_version(db)}
    db.execute(update(gpus).where(where).values(**values))


def _next_version(db: Connection) -> Any:
    """Give what tells a row that changes now from every row there was."""
    spoil(db)
    return select(func.coalesce(func.max(gpus.c.version), 0) + 1).scalar_subquery()


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


_fleets: Memo[tuple[object, Fleet]] = Memo()


def load_fleet(db: Connection) -> Fleet:
    """Load every GPU, by node and UUID; the very same fleet while none of them changed."""
    count_and_newest = select(func.count(), func.max(gpus.c.version)).select_from(gpus)
    stand = tuple(db.execute(count_and_newest).one())
    last = _fleets.find(db)
    if last is not None and last[0] == stand:
        return last[1]
    fleet = Fleet(load_gpus(db))
    _fleets.keep(db, (stand, fleet))
    return fleet
