"""Taking readings of the GPUs and keeping the newest; whoever asks never waits for the driver."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hub.gpus.errors import GpusUnknown
from hub.gpus.facts import GpuFact, Inventory
from spawner.agent.cgroup import load_container_id

OLDEST_S = 10.0
"""A reading older than this is no answer: the machine may have changed since."""

Refusal = Callable[[str, float], str | None]
Seconds = Callable[[], float]


class Gpus(Protocol):
    """Where readings come from: NVML or simulated GPUs."""

    def load(self, now: datetime) -> Inventory:
        """Read all GPUs; raises GpusUnknown."""


@dataclass(frozen=True)
class Answer:
    """What may be said now: an inventory, or the reason why there is none."""

    inventory: Inventory | None
    age_s: float | None
    reason: str | None


class Readings:
    """The newest reading and when it was taken, in seconds since boot."""

    def __init__(self) -> None:
        self._newest: tuple[Inventory, float] | None = None
        self._error: str | None = "no reading yet"

    def keep(self, inventory: Inventory, seconds: float) -> None:
        """Make this the newest reading."""
        self._newest, self._error = (inventory, seconds), None

    def fail(self, reason: str) -> None:
        """Note why the last attempt gave no reading; the newest one only grows older."""
        self._error = reason

    def answer(self, seconds: float) -> Answer:
        """Give the newest reading while it is fresh, else the reason."""
        newest = self._newest
        if newest is None:
            return Answer(None, None, self._error)
        inventory, taken = newest
        age = max(0.0, seconds - taken)
        if age <= OLDEST_S:
            return Answer(inventory, age, None)
        reason = self._error or "the driver has not answered since"
        return Answer(None, age, f"the newest reading is {age:.0f} s old: {reason}")


class Reader:
    """Takes one reading at a time: the GPUs, whose they are, and the containers on them."""

    def __init__(self, gpus: Gpus, readings: Readings, refusal: Refusal, proc: Path) -> None:
        self._gpus = gpus
        self._readings = readings
        self._refusal = refusal
        self._proc = proc

    def take(self, now: datetime, seconds: Seconds) -> None:
        """Take a reading and keep it; a driver that does not answer is noted, not raised.

        Its age counts from before the driver was asked.
        """
        started = seconds()
        try:
            inventory = self._gpus.load(now)
        except GpusUnknown as error:
            self._readings.fail(str(error))
            return
        self._readings.keep(self._completed(inventory, started), started)

    def _completed(self, inventory: Inventory, seconds: float) -> Inventory:
        processes = tuple(
            replace(process, container_id=load_container_id(process.pid, self._proc))
            for process in inventory.processes
        )
        gpus = tuple(self._owned(gpu, seconds) for gpu in inventory.gpus)
        return replace(inventory, gpus=gpus, processes=processes)

    def _owned(self, gpu: GpuFact, seconds: float) -> GpuFact:
        reason = None if gpu.simulated else self._refusal(gpu.card_uuid, seconds)
        return gpu if reason is None else gpu.faulted(reason)
