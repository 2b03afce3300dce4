"""End a lease for real: its container stopped and removed, proved gone, then its slots freed.

The same function serves a stop by its user, expiry, revoking and reconciling.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hub import clock, leasing
from hub.clock import BootTime
from hub.engine.client import Engine
from hub.engine.facts import Container
from hub.errors import EngineRefused, EngineUnknown
from hub.gpus.errors import GpusUnknown
from hub.gpus.facts import Inventory
from hub.house import House
from hub.inventory import GpuSource
from hub.policy.leases import EndReason, Lease, State

GRACE_S = 10
"""Seconds between SIGTERM and SIGKILL when a server is stopped."""

LONG_GRACE_S = 30
UNASKED = frozenset({EndReason.EXPIRE, EndReason.RECLAIM})
"""Ends that nobody who works there asked for; they have longer to save what they hold."""

LOOKS = 20
LOOK_EVERY_S = 0.2


@dataclass(frozen=True)
class Closer:
    """Everything closing needs; its methods block, and may be repeated for ever."""

    house: House
    engine: Engine
    agent: GpuSource
    now: Callable[[], datetime]
    pause: Callable[[float], None] = time.sleep
    boot: Callable[[], BootTime] = clock.boot

    def close(self, lease_id: int, reason: EndReason, grace_s: int = GRACE_S) -> bool:
        """End a lease; False when it has to stay `closing`, and its note then says why.

        A reason given before stands, and a container that turns up after its lease was closed
        is ended like any other. Slots are freed only once the engine said that the
        container is gone and, for a real GPU, the agent sees no process of it.
        """
        leasing.begin_closing(self.house, lease_id, reason, self.now())
        lease = leasing.load_lease(self.house, lease_id)
        if lease.end_reason in UNASKED:
            grace_s = max(grace_s, LONG_GRACE_S)
        why = self._end(lease, grace_s)
        if lease.state is State.CLOSED:
            return why is None
        if why is None:
            leasing.finish_closing(self.house, lease_id, self.now(), self.boot())
            return True
        leasing.note(self.house, lease_id, why)
        return False

    def find_container(self, lease: Lease) -> Container | None:
        """Find a lease's container by its labels; None only when the engine says there is none."""
        found = self.engine.find_labelled(labels_of(self.house.station.id, lease.id))
        return found[0] if found else None

    def _end(self, lease: Lease, grace_s: int) -> str | None:
        stopped_at = lease.closing_at or self.now()
        try:
            for container in self.engine.find_labelled(labels_of(self.house.station.id, lease.id)):
                if container.running:
                    self.engine.stop(container.id, grace_s)
                    stopped_at = self.now()
                why = self._processes_left(lease, container.id, stopped_at)
                if why is not None:
                    return why
                self.engine.remove(container.id)
                if self.engine.find(container.id) is not None:
                    return "the engine is still removing the container"
        except EngineUnknown as error:
            return f"engine not answering: {error}"
        except EngineRefused as error:
            return f"the engine would not end the container: {error}"
        return None

    def _processes_left(self, lease: Lease, container_id: str, stopped_at: datetime) -> str | None:
        if not any(_is_real(part.gpu_uuid) for part in lease.slots):
            return None
        try:
            inventory = self._look_after(stopped_at)
        except GpusUnknown as error:
            return f"agent not answering: {error}"
        if inventory.taken_at < stopped_at:
            return "the agent has not looked at the GPU since the server stopped"
        leased = {part.gpu_uuid for part in lease.slots}
        blind = [g.uuid for g in inventory.gpus if g.uuid in leased and not g.processes_known]
        if blind:
            return f"the driver does not tell which processes use {', '.join(blind)}"
        left = [p.pid for p in inventory.processes if p.container_id == container_id]
        return f"processes {left} of it are still on the GPU" if left else None

    def _look_after(self, moment: datetime) -> Inventory:
        """Ask the agent until it has looked once more: its last reading may be a second old."""
        for _ in range(LOOKS):
            inventory = self.agent.load()
            if inventory.taken_at >= moment:
                break
            self.pause(LOOK_EVERY_S)
        return inventory


def labels_of(station_id: str, lease_id: int) -> dict[str, str]:
    """Give the labels by which a lease's container is found."""
    return {"allotment.station": station_id, "allotment.lease": str(lease_id)}


def _is_real(gpu_uuid: str) -> bool:
    return not gpu_uuid.startswith("GPU-sim-")
