"""From what an agent saw to what policy deals out: slots and weights by the settings."""

from datetime import datetime, timedelta
from typing import Protocol

from hub.gpus.errors import GpusUnknown
from hub.gpus.facts import GpuFact, Inventory
from hub.house import NODE, House
from hub.policy.gpus import Gpu
from hub.settings import GpusSection
from hub.store import gpus as rows
from hub.units import WHOLE_WEIGHT

STALE = timedelta(seconds=30)
"""How long GPUs stay known after their agent's last answer."""


class GpuSource(Protocol):
    """Whoever can tell what GPUs there are; raises GpusUnknown when it can't."""

    def load(self) -> Inventory:
        """Read the inventory."""
        ...


def refresh(house: House, source: GpuSource, now: datetime) -> Inventory | None:
    """Store what the agent sees now; None, and nothing freed, when it does not answer."""
    try:
        inventory = source.load()
    except GpusUnknown as error:
        with house.database.write() as db:
            rows.mark_stale(db, NODE, now - STALE, str(error))
        return None
    seen = [build_gpu(fact, house.settings.gpus) for fact in inventory.gpus]
    with house.database.write() as db:
        rows.replace_node(db, NODE, seen, now)
    return inventory


def build_gpu(fact: GpuFact, settings: GpusSection) -> Gpu:
    """Deal a GPU out as the settings say; a slice has one slot and weighs its share of memory."""
    model = settings.models.get(fact.name)
    sliced = fact.mig_profile is not None
    weight = round(model.weight * WHOLE_WEIGHT) if model else WHOLE_WEIGHT
    if sliced and fact.parent_memory_mib:
        weight = max(weight * fact.memory_mib // fact.parent_memory_mib, 1)
    return Gpu(
        uuid=fact.uuid,
        name=fact.name,
        node=NODE,
        kind=fact.kind,
        memory_mib=fact.memory_mib,
        slots=1 if sliced else (model.slots if model else settings.slots),
        weight=weight,
        health=fact.health,
        isolation=fact.isolation,
        simulated=fact.simulated,
        sliced=sliced,
        fault=fact.fault,
    )
