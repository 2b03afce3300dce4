"""Simulated GPUs, for demonstrations and courses without a GPU; always labelled as simulated."""

from datetime import datetime
from uuid import UUID, uuid5

from hub.gpus.facts import GpuFact, Inventory

NAME = "Simulated GPU"
MEMORY_MIB = 16384
NAMESPACE = UUID("5f3c1f0e-54a1-5e0b-9f0c-3a6d5f0c9b7e")


class SimulatedGpus:
    """A source of `count` GPUs that exist on paper only and on which no process ever runs."""

    def __init__(self, station: str, node: str, count: int) -> None:
        self._node = node
        self._gpus = tuple(
            GpuFact(
                uuid=build_uuid(station, index),
                name=NAME,
                node=node,
                memory_mib=MEMORY_MIB,
                simulated=True,
                memory_used_mib=0,
                utilization_percent=0,
            )
            for index in range(count)
        )

    def load(self, now: datetime) -> Inventory:
        """Give the simulated GPUs; the same ones every time."""
        return Inventory(self._node, self._gpus, (), now, "simulated")

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def build_uuid(station: str, index: int) -> str:
    """Give a simulated GPU's UUID: the same after a restart, another for each station."""
    return f"GPU-sim-{uuid5(NAMESPACE, f'{station}/{index}')}"
