"""The GPUs last seen on each node, and which of their slots are taken."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from hub.policy.gpus import Gpu, TakenSlot
from hub.store.schema import gpus, lease_slots, leases


def replace_node(db: Connection, node: str, seen: Sequence[Gpu], now: datetime) -> None:
    """Store what a node has now; what is no longer there becomes unknown, and is never deleted."""
    for gpu in seen:
        values = _values(gpu, now)
        if db.execute(update(gpus).where(gpus.c.uuid == gpu.uuid).values(**values)).rowcount == 0:
            db.execute(insert(gpus).values(uuid=gpu.uuid, **values))
    gone = (gpus.c.node == node) & gpus.c.uuid.not_in([gpu.uuid for gpu in seen])
    db.execute(update(gpus).where(gone).values(health="unknown", fault="no longer on this node"))


def forget_free(db: Connection, kept: Sequence[str]) -> list[str]:
    """Delete GPUs not in `kept`; returns those that are under lease, which stay."""
    held = set(db.execute(select(lease_slots.c.gpu_uuid).distinct()).scalars())
    known = set(db.execute(select(gpus.c.uuid)).scalars())
    leaving = known - set(kept)
    db.execute(gpus.delete().where(gpus.c.uuid.in_(leaving - held)))
    return sorted(leaving & held)


def mark_unknown(db: Connection, node: str, why: str) -> None:
    """Say of a node's GPUs that nothing is known just now."""
    where = (gpus.c.node == node) & (gpus.c.health == "ok")
    db.execute(update(gpus).where(where).values(health="unknown", fault=why))


def load_gpus(db: Connection) -> tuple[Gpu, ...]:
    """Load every GPU, by node and UUID."""
    rows = db.execute(select(gpus).order_by(gpus.c.node, gpus.c.uuid)).mappings()
    names = (c.name for c in gpus.columns)
    wanted = [name for name in names if name != "seen_at"]
    return tuple(Gpu(**{name: row[name] for name in wanted}) for row in rows)


def load_taken(db: Connection) -> tuple[TakenSlot, ...]:
    """Load every slot under lease with the time its lease expires."""
    rows = db.execute(
        select(lease_slots.c.gpu_uuid, lease_slots.c.slot, leases.c.expires_at).join(
            leases, leases.c.id == lease_slots.c.lease_id
        )
    )
    return tuple(TakenSlot(*row) for row in rows)


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
