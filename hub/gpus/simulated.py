"""Simulated GPUs, for demonstrations and courses without a GPU; always labelled as simulated."""

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

from hub.gpus.errors import BadScenario
from hub.gpus.facts import GpuFact, Inventory
from hub.gpus.work_scenario import Scenario, load_scenario

NAME = "Simulated GPU"
MEMORY_MIB = 16384
NAMESPACE = UUID("5f3c1f0e-54a1-5e0b-9f0c-3a6d5f0c9b7e")


class SimulatedGpus:
    """A source of `count` GPUs that exist on paper only and on which no process ever runs.

    How busy they are is what a scenario file says, and not known where there is none.
    """

    def __init__(self, station: str, node: str, count: int, scenario: Path | None = None) -> None:
        self._node = node
        self._scenario = scenario
        self._complained = ""
        self._gpus = tuple(
            GpuFact(
                uuid=build_uuid(station, index),
                name=NAME,
                node=node,
                memory_mib=MEMORY_MIB,
                simulated=True,
            )
            for index in range(count)
        )

    def load(self, now: datetime) -> Inventory:
        """Give the simulated GPUs, the same ones every time, as the scenario has them now."""
        scenario = self._load_scenario()
        gpus = tuple(_at_work(gpu, n, scenario, now) for n, gpu in enumerate(self._gpus))
        return Inventory(self._node, gpus, (), now, "simulated")

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _load_scenario(self) -> Scenario | None:
        """Read the scenario; one that is wrong is complained of once, and nothing is known."""
        if self._scenario is None:
            return None
        try:
            return load_scenario(self._scenario)
        except BadScenario as error:
            if str(error) != self._complained:
                self._complained = str(error)
                print(f"agent: {error}", file=sys.stderr, flush=True)
            return None


def build_uuid(station: str, index: int) -> str:
    """Give a simulated GPU's UUID: the same after a restart, another for each station."""
    return f"GPU-sim-{uuid5(NAMESPACE, f'{station}/{index}')}"


def _at_work(gpu: GpuFact, number: int, scenario: Scenario | None, now: datetime) -> GpuFact:
    step = scenario.at(number, now) if scenario else None
    if step is None:
        return gpu
    return replace(gpu, utilization_percent=step.percent, memory_used_mib=step.memory_mib)
