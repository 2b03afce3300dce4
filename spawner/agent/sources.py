"""Which GPUs an agent tells about: simulated ones, the driver's, or rightly none."""

from datetime import datetime
from pathlib import Path

from hub.gpus.errors import LibraryMissing
from hub.gpus.facts import Inventory
from hub.gpus.nvml import NvmlGpus
from hub.gpus.simulated import SimulatedGpus
from spawner.agent.arguments import Arguments
from spawner.agent.readings import Gpus


class DriverGpus:
    """The driver's GPUs; a machine that has no NVIDIA driver at all has none, and that is known.

    The kernel's own list of drivers tells the two apart: with the driver loaded, a missing
    library means that the agent can't see it, and so nothing is known.
    """

    def __init__(self, gpus: Gpus, node: str, proc: Path) -> None:
        self._gpus = gpus
        self._node = node
        self._driver = proc / "driver/nvidia/version"
        self._seen = False

    def load(self, now: datetime) -> Inventory:
        """Read all GPUs; raises GpusUnknown."""
        try:
            inventory = self._gpus.load(now)
        except LibraryMissing:
            if self._seen or self._driver.exists():
                raise
            return Inventory(self._node, (), (), now, "nvml")
        self._seen = True
        return inventory


def build_source(arguments: Arguments) -> Gpus:
    """Choose the source that the arguments ask for."""
    if arguments.simulate:
        return SimulatedGpus(
            arguments.station, arguments.node, arguments.simulate, arguments.scenario_path
        )
    return DriverGpus(NvmlGpus(arguments.node), arguments.node, arguments.proc)
