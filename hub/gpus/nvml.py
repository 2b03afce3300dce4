"""The GPUs of this machine through NVML; one broken card never hides the others."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import pynvml

from hub.gpus.errors import DriverUnavailable
from hub.gpus.facts import GpuFact, Inventory
from hub.gpus.nvml_card import CardReading, Machine, read_card
from hub.gpus.nvml_fields import Fields, build_error
from hub.gpus.xids import XidWatch

AGAIN_AFTER = 60
"""Readings after which NVML is started anew while a card is lost: it may be back by then."""

NOT_LISTED = "the driver no longer lists this GPU"


class NvmlGpus:
    """A source over the real driver; for one thread only.

    It remembers the cards it saw, so that one that is lost is shown with its fault and not left
    out, and the fatal Xids it heard, until this process ends.
    """

    def __init__(self, node: str) -> None:
        self._node = node
        self._started = False
        self._xids = XidWatch()
        self._cards: dict[str, tuple[GpuFact, ...]] = {}
        self._readings_with_a_loss = 0

    def load(self, now: datetime) -> Inventory:
        """Read all GPUs and the processes on them.

        Raises LibraryMissing or DriverUnavailable when there is no driver to ask; the next call
        starts afresh.
        """
        try:
            self._start()
            return self._read(now)
        except DriverUnavailable:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the driver; faults and cards that were seen are kept."""
        self._xids.forget_handles()
        if self._started:
            self._started = False
            with suppress(pynvml.NVMLError):
                pynvml.nvmlShutdown()

    def _start(self) -> None:
        if self._readings_with_a_loss >= AGAIN_AFTER:
            self._readings_with_a_loss = 0
            self.close()
        if self._started:
            return
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            raise build_error(error) from error
        self._started = True

    def _read(self, now: datetime) -> Inventory:
        self._xids.drain()
        machine = _read_machine(self._node, now)
        cards = [self._read_index(index, machine) for index in range(_count())]
        told = {card.uuid for card in cards if isinstance(card, CardReading)}
        missing = [uuid for uuid in self._cards if uuid not in told]
        readings = [
            card if isinstance(card, CardReading) else self._silent(index, card, missing)
            for index, card in enumerate(cards)
        ]
        readings += [self._remembered(uuid, NOT_LISTED) for uuid in missing]
        lost = any(reading.lost for reading in readings)
        self._readings_with_a_loss = self._readings_with_a_loss + 1 if lost else 0
        gpus = tuple(gpu for reading in readings for gpu in reading.gpus)
        processes = tuple(process for reading in readings for process in reading.processes)
        return Inventory(self._node, gpus, processes, now, "nvml")

    def _read_index(self, index: int, machine: Machine) -> CardReading | str:
        """Read one card; a card that does not tell which one it is gives the reason only."""
        fields = Fields()
        handle: Any = fields.get("handle", None, pynvml.nvmlDeviceGetHandleByIndex, index)
        uuid = None
        if handle is not None:
            uuid = fields.get("UUID", None, pynvml.nvmlDeviceGetUUID, handle)
        if uuid is None:
            return "; ".join(fields.faults) or "this GPU does not tell its UUID"
        reading = read_card(handle, uuid, machine, self._xids)
        if reading.lost or (reading.faults and not reading.gpus):
            return self._remembered(uuid, "; ".join(reading.faults), reading)
        self._cards[uuid] = reading.gpus
        return reading

    def _silent(self, index: int, reason: str, missing: list[str]) -> CardReading:
        """Take a card without a UUID for the first of those that are missing, if one is."""
        uuid = missing.pop(0) if missing else f"GPU-unknown-{index}"
        return self._remembered(uuid, reason)

    def _remembered(
        self, uuid: str, reason: str, reading: CardReading | None = None
    ) -> CardReading:
        """Give a card that does not answer as it was last seen, with its fault."""
        fresh = reading.gpus if reading else ()
        known = self._cards.get(uuid) or fresh or (_unknown(uuid, self._node),)
        reason = self._xids.fault_of(uuid) or reason
        gpus = tuple(_without_measures(gpu).faulted(reason) for gpu in known)
        return CardReading(uuid, gpus, (), lost=True, faults=(reason,))


def _count() -> int:
    try:
        return int(pynvml.nvmlDeviceGetCount())
    except pynvml.NVMLError as error:
        raise build_error(error) from error


def _read_machine(node: str, now: datetime) -> Machine:
    fields = Fields()
    driver = fields.get("driver version", None, pynvml.nvmlSystemGetDriverVersion)
    cuda = fields.get("CUDA version", 0, pynvml.nvmlSystemGetCudaDriverVersion_v2)
    return Machine(node, driver, f"{cuda // 1000}.{cuda % 1000 // 10}" if cuda else None, now)


def _unknown(uuid: str, node: str) -> GpuFact:
    return GpuFact(uuid=uuid, name="Unknown GPU", node=node, memory_mib=0)


def _without_measures(gpu: GpuFact) -> GpuFact:
    return replace(
        gpu,
        health="ok",
        fault=None,
        utilization_percent=None,
        memory_used_mib=None,
        temperature_c=None,
        processes_known=False,
    )
