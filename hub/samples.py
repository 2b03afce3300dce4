"""What leases' servers do on their GPUs: the agent's readings, mapped to leases by container.

Utilisation is a process's own where the driver tells it, else the GPU's where one lease alone is on
it. Where neither is told, as of MIG slices, a lease works while a process of it holds memory there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.gpus.facts import GpuFact, GpuProcess, Inventory
from hub.house import House
from hub.policy.leases import Lease, State
from hub.policy.work import Sample, at_work, at_work_in_all
from hub.store import work as rows
from hub.store.leases import load_open

MOST_PERCENT = 100


@dataclass(frozen=True)
class Measure:
    """What a lease does on one GPU, in percent and MiB, and whether it works; None: not known."""

    percent: int | None
    memory_mib: int | None
    working: bool | None


UNKNOWN = Measure(None, None, None)


def load_working(house: House) -> list[Lease]:
    """Load the active leases that have GPUs."""
    with house.database.read() as db:
        return [x for x in load_open(db) if x.state is State.ACTIVE and x.slots]


def store_samples(house: House, samples: Iterable[Sample], now: datetime) -> None:
    """Write one look at every lease, and forget those of leases that are closed."""
    with house.database.write() as db:
        rows.write_samples(db, samples, now)
        rows.forget_closed(db)


def sample(
    leases: Iterable[Lease], inventory: Inventory, lease_of: Mapping[str, int]
) -> list[Sample]:
    """Measure every lease; `lease_of` gives the lease of a container by the container's id."""
    facts = {gpu.uuid: gpu for gpu in inventory.gpus}
    on_gpu: dict[str, list[GpuProcess]] = {uuid: [] for uuid in facts}
    for process in inventory.processes:
        on_gpu.setdefault(process.gpu_uuid, []).append(process)
    found = []
    for lease in leases:
        measures = [
            _measure(lease, facts.get(part.gpu_uuid), on_gpu.get(part.gpu_uuid, []), lease_of)
            for part in lease.slots
        ]
        percent = _overall([measure.percent for measure in measures])
        memory = _sum([measure.memory_mib for measure in measures])
        working = at_work_in_all(measure.working for measure in measures)
        found.append(Sample(lease.id, percent, memory, working))
    return found


def _measure(
    lease: Lease,
    gpu: GpuFact | None,
    processes: Sequence[GpuProcess],
    lease_of: Mapping[str, int],
) -> Measure:
    if gpu is None:
        return UNKNOWN
    if gpu.simulated:
        told = gpu.utilization_percent
        return Measure(told, gpu.memory_used_mib, None if told is None else at_work(told))
    if gpu.health != "ok" or not gpu.processes_known:
        return UNKNOWN
    own = [p for p in processes if lease_of.get(p.container_id or "") == lease.id]
    if not own:
        return Measure(0, 0, False)
    percent = _sum([process.utilization_percent for process in own])
    if percent is None and (gpu.utilization_percent == 0 or len(own) == len(processes)):
        percent = gpu.utilization_percent
    percent = None if percent is None else min(percent, MOST_PERCENT)
    memory = _sum([process.memory_mib for process in own])
    return Measure(percent, memory, at_work(percent, len(own), memory))


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _overall(percents: Sequence[int | None]) -> int | None:
    """Average several GPUs, any work counting as at least one; work on one is work.

    Not known where some are not known and none of the others was seen at work.
    """
    known = [percent for percent in percents if percent is not None]
    if not any(known):
        return 0 if len(known) == len(percents) else None
    return max(sum(known) // len(known), 1)
