"""The GPUs last seen on each node, and which of their slots are taken."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from hub.policy.gpus import Gpu, TakenSlot
from hub.store.columns import Instant
from hub.store.schema import gpus, lease_slots, leases


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
    db.execute(update(gpus).where(gone).values(health="unknown", fault="no longer on this node"))


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
    rows = db.execute(select(gpus).order_by(gpus.c.node, gpus.c.uuid)).mappings()
    names = (c.name for c in gpus.columns)
    wanted = [name for name in names if name != "seen_at"]
    return tuple(Gpu(**{name: row[name] for name in wanted}) for row in rows)


def load_taken(db: Connection) -> tuple[TakenSlot, ...]:
    """Load every slot under lease, with until when it is promised.

    A lease that did not begin yet is promised all its time, a loan under notice until it is taken
    back, and one that is closing no longer.
    """
    rows = db.execute(
        select(
            lease_slots.c.gpu_uuid,
            lease_slots.c.slot,
            leases.c.id,
            leases.c.person_id,
            leases.c.account,
            leases.c.loan,
            leases.c.opened_at,
            leases.c.duration,
            func.coalesce(
                leases.c.closing_at, leases.c.reclaim_at, leases.c.expires_at, type_=Instant
            ),
        ).join(leases, leases.c.id == lease_slots.c.lease_id)
    )
    return tuple(
        TakenSlot(uuid, slot, end or opened + duration, lease, person, account, loan)
        for uuid, slot, lease, person, account, loan, opened, duration, end in rows
    )


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
