"""One physical card read through NVML: itself, or its MIG slices when MIG is on."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any

import pynvml

from hub.gpus.facts import GpuFact, GpuProcess, Isolation
from hub.gpus.nvml_fields import NOT_TOLD, Fields
from hub.gpus.nvml_work import with_utilization
from hub.gpus.xids import NO_INSTANCE, XidWatch
from hub.units import MIB

PROFILE = re.compile(r"\bMIG (\d\S*g\.\d+gb\S*)$")
EIGHTHS = 8
GIB_IN_MIB = 1024
ENDING_ACTIONS = {
    pynvml.NVML_GPU_RECOVERY_ACTION_GPU_RESET: "the driver asks for a reset of this GPU",
    pynvml.NVML_GPU_RECOVERY_ACTION_NODE_REBOOT: "the driver asks for a reboot of this machine",
    pynvml.NVML_GPU_RECOVERY_ACTION_DRAIN_AND_RESET: "the driver asks to empty and reset this GPU",
    pynvml.NVML_GPU_RECOVERY_ACTION_BUS_RESET: "the driver asks for a bus reset of this GPU",
    pynvml.NVML_GPU_RECOVERY_ACTION_SYSTEM_REBOOT: "the driver asks for a reboot of this machine",
}


@dataclass(frozen=True)
class CardReading:
    """What one reading of a physical card gave; `lost` when it no longer answers."""

    uuid: str
    gpus: tuple[GpuFact, ...]
    processes: tuple[GpuProcess, ...]
    lost: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """What is the same for every card of a node, and when it is read."""

    node: str
    driver_version: str | None
    cuda_version: str | None
    now: datetime


def read_card(handle: Any, uuid: str, machine: Machine, xids: XidWatch) -> CardReading:
    """Read a card and give it, or its slices, with every fault found on the way.

    Raises DriverUnavailable when the whole driver is gone.
    """
    fields = Fields()
    xids.watch(handle, uuid)
    card = _read_whole(handle, uuid, machine, fields)
    if fields.get("MIG mode", False, _mig_is_on, handle):
        return _read_slices(handle, card, fields, xids)
    processes = _read_processes(handle, uuid, None, fields)
    if processes:
        processes = with_utilization(handle, processes, machine.now, fields)
    card = replace(
        card,
        utilization_percent=fields.get("utilization", None, _utilization, handle),
        processes_known=processes is not None,
    )
    reasons = _reasons(fields, xids.fault_of(uuid))
    return CardReading(uuid, (_judged(card, reasons),), processes or (), fields.lost, reasons)


def wall_of(mig: bool) -> Isolation:
    """Say how strong the wall between shares of this GPU is.

    "firm" belongs here: on nodes that prove per-cgroup memory limits
    (nvmlDeviceSetMemoryLimits_v1; driver 615 and later, cgroup v2, no MIG). Until something
    proves it nothing may claim it, so a card that is not sliced is "soft".
    """
    return "hard" if mig else "soft"


def _read_whole(handle: Any, uuid: str, machine: Machine, fields: Fields) -> GpuFact:
    total, used = fields.get("memory", (0, None), _memory, handle)
    action = fields.get("recovery action", 0, _recovery_action, handle)
    if action in ENDING_ACTIONS:
        fields.fault(ENDING_ACTIONS[action])
    return GpuFact(
        uuid=uuid,
        name=fields.get("name", "Unknown GPU", pynvml.nvmlDeviceGetName, handle),
        node=machine.node,
        memory_mib=total,
        driver_version=machine.driver_version,
        cuda_version=machine.cuda_version,
        isolation=wall_of(mig=False),
        memory_used_mib=used,
        temperature_c=fields.get("temperature", None, _temperature, handle),
    )


def _read_slices(handle: Any, card: GpuFact, fields: Fields, xids: XidWatch) -> CardReading:
    gpus: list[GpuFact] = []
    processes: list[GpuProcess] = []
    for slice_handle in _slice_handles(handle, fields):
        own = Fields()
        uuid = own.get("UUID", None, pynvml.nvmlDeviceGetUUID, slice_handle)
        if uuid is None:
            fields.fault("a MIG slice does not tell its UUID")
            continue
        instance = own.get("instance", None, pynvml.nvmlDeviceGetGpuInstanceId, slice_handle)
        fact = _read_slice(slice_handle, uuid, card, own)
        seen = _read_processes(slice_handle, uuid, instance, own)
        fact = replace(fact, processes_known=seen is not None)
        gpus.append(_judged(fact, _reasons(own, xids.fault_of(card.uuid, instance))))
        processes.extend(seen or ())
    card_reasons = _reasons(fields, xids.fault_of(card.uuid))
    judged = tuple(_judged(fact, card_reasons) for fact in gpus)
    return CardReading(card.uuid, judged, tuple(processes), fields.lost, card_reasons)


def _slice_handles(handle: Any, fields: Fields) -> Iterator[Any]:
    most = fields.get("MIG", 0, pynvml.nvmlDeviceGetMaxMigDeviceCount, handle)
    for index in range(most):
        found = fields.get("MIG", None, _slice_handle, handle, index)
        if found is not None:
            yield found


def _slice_handle(handle: Any, index: int) -> Any:
    try:
        return pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, index)
    except pynvml.NVMLError_NotFound:
        return None


def _read_slice(handle: Any, uuid: str, card: GpuFact, fields: Fields) -> GpuFact:
    """Read a slice; NVML gives neither utilization nor temperature for one."""
    total, used = fields.get("memory", (0, None), _memory, handle)
    name = fields.get("name", "", pynvml.nvmlDeviceGetName, handle)
    named = PROFILE.search(name)
    profile = named[1] if named else fields.get("profile", "MIG", _profile, handle, card)
    return replace(
        card,
        uuid=uuid,
        memory_mib=total,
        memory_used_mib=used,
        parent_uuid=card.uuid,
        parent_memory_mib=card.memory_mib,
        mig_profile=profile,
        isolation=wall_of(mig=True),
    )


def _read_processes(
    handle: Any, uuid: str, instance: int | None, fields: Fields
) -> tuple[GpuProcess, ...] | None:
    """List who uses a GPU, for computing, drawing or through MPS; None when that is not told."""
    compute = fields.get("processes", None, pynvml.nvmlDeviceGetComputeRunningProcesses_v3, handle)
    if compute is None:
        return None
    others: tuple[tuple[str, Callable[[Any], list[Any]]], ...] = (
        ("graphics processes", pynvml.nvmlDeviceGetGraphicsRunningProcesses_v3),
        ("MPS processes", pynvml.nvmlDeviceGetMPSComputeRunningProcesses_v3),
    )
    entries = list(compute)
    for what, read in others:
        entries.extend(fields.get(what, (), read, handle))
    found: dict[int, GpuProcess] = {}
    for entry in entries:
        if instance is None or entry.gpuInstanceId in (instance, NO_INSTANCE, None):
            mib = None if entry.usedGpuMemory is None else int(entry.usedGpuMemory) // MIB
            found.setdefault(int(entry.pid), GpuProcess(uuid, int(entry.pid), None, mib))
    return tuple(found[pid] for pid in sorted(found))


def _memory(handle: Any) -> tuple[int, int]:
    try:
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle, version=pynvml.nvmlMemory_v2)
    except pynvml.NVMLError as error:
        if error.value not in NOT_TOLD:
            raise
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    return int(memory.total) // MIB, int(memory.used) // MIB


def _mig_is_on(handle: Any) -> bool:
    return bool(pynvml.nvmlDeviceGetMigMode(handle)[0])


def _utilization(handle: Any) -> int:
    return int(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)


def _temperature(handle: Any) -> int:
    return int(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU))


def _recovery_action(handle: Any) -> int:
    """Ask what the driver wants done with the card; 0 for a driver that does not know the field."""
    field = pynvml.nvmlDeviceGetFieldValues(handle, [pynvml.NVML_FI_DEV_GET_GPU_RECOVERY_ACTION])[0]
    return int(field.value.uiVal) if field.nvmlReturn == pynvml.NVML_SUCCESS else 0


def _profile(handle: Any, card: GpuFact) -> str:
    """Name a slice by its parts where its name does not say it, as NVIDIA's tools do.

    The memory is the slice's part of the card, rounded up to an eighth, in whole GiB.
    """
    parts = pynvml.nvmlDeviceGetAttributes_v2(handle)
    eighths = ceil(parts.memorySizeMB / max(card.memory_mib, 1) * EIGHTHS)
    gib = round(eighths / EIGHTHS * ceil(card.memory_mib / GIB_IN_MIB))
    whole, part = parts.gpuInstanceSliceCount, parts.computeInstanceSliceCount
    return f"{whole}g.{gib}gb" if whole == part else f"{part}c.{whole}g.{gib}gb"


def _reasons(fields: Fields, xid: str | None) -> tuple[str, ...]:
    return (*((xid,) if xid else ()), *fields.faults)


def _judged(fact: GpuFact, reasons: tuple[str, ...]) -> GpuFact:
    for reason in reasons:
        if fact.fault is None or reason not in fact.fault:
            fact = fact.faulted(reason)
    return fact
