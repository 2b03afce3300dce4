"""The GPUs last seen on each node."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hub.policy.gpus import Gpu
from hub.store.schema import gpus, lease_slots

GONE = "no longer on this node"
"""What is said of a GPU that its agent sees no more."""


def replace_node(db: Connection, node: str, seen: Sequence[Gpu], now: datetime) -> None:
    """Store what a node has now.

    A GPU under lease stays dealt out as it was when that lease was opened, whatever the settings
    say now. A real GPU that is no longer there becomes unknown and stays listed; a simulated one
    goes, unless it is under lease.
    """
    dealt = _slots_of_leased(db)
    for gpu in seen:
        values = _values(gpu, now) | dealt.get(gpu.uuid, {})
        if db.execute(update(gpus).where(gpus.c.uuid == gpu.uuid).values(**values)).rowcount == 0:
            db.execute(insert(gpus).values(uuid=gpu.uuid, **values))
    gone = (gpus.c.node == node) & gpus.c.uuid.not_in([gpu.uuid for gpu in seen])
    held = select(lease_slots.c.gpu_uuid)
    db.execute(delete(gpus).where(gone, gpus.c.simulated, gpus.c.uuid.not_in(held)))
    db.execute(update(gpus).where(gone).values(health="unknown", fault=GONE))


def _slots_of_leased(db: Connection) -> dict[str, dict[str, object]]:
    held = select(lease_slots.c.gpu_uuid).distinct()
    rows = db.execute(select(gpus.c.uuid, gpus.c.slots).where(gpus.c.uuid.in_(held)))
    return {row.uuid: {"slots": row.slots} for row in rows}


def mark_stale(db: Connection, node: str, before: datetime, why: str) -> None:
    """Say of a node's GPUs last seen before a time that nothing is known of them just now."""
    where = (gpus.c.node == node) & (gpus.c.health == "ok") & (gpus.c.seen_at < before)
    db.execute(update(gpus).where(where).values(health="unknown", fault=why))


def load_gpus(db: Connection) -> tuple[Gpu, ...]:
    """Load every GPU, by node and UUID."""
    columns = [gpus.c[field.name] for field in fields(Gpu)]
    rows = db.execute(select(*columns).order_by(gpus.c.node, gpus.c.uuid))
    return tuple(_gpu(*row) for row in rows.all())


@lru_cache(maxsize=8192)
def _gpu(*values: Any) -> Gpu:
    """Make a GPU's record once: most rows are those of the last look."""
    return Gpu(*values)


def _values(gpu: Gpu, now: datetime) -> dict[str, object]:
    return {
        "name": gpu.name,
        "node": gpu.node,
        "kind": gpu.kind,
        "memory_mib": gpu.memory_mib,
        "slots": gpu.slots,
        "weight": gpu.weight,
        "health": gpu.health,
        "isolation": gpu.isolation,
        "simulated": gpu.simulated,
        "sliced": gpu.sliced,
        "fault": gpu.fault,
        "seen_at": now,
    }
