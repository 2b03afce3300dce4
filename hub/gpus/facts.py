"""What is known of GPUs at one moment: frozen records only, no reading and no judging."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

Health = Literal["ok", "fault"]
Isolation = Literal["hard", "firm", "soft"]
Source = Literal["nvml", "simulated"]


@dataclass(frozen=True)
class GpuFact:
    """One GPU that can be dealt out: a whole card, a MIG slice, or a simulated GPU.

    `name` is the model of the physical card. `memory_mib` is 0 where no driver ever told it.
    A slice has `parent_uuid`, `parent_memory_mib` and `mig_profile`; other GPUs have none of them.
    `isolation` is the wall between shares: "hard" for a slice, else "soft"; "firm" is kept for
    nodes that prove driver-enforced memory limits. `fault` says why, exactly when `health` is
    "fault". None in a measured field means that this GPU does not tell it.
    While `processes_known` is False, seeing no process on this GPU proves nothing.
    """

    uuid: str
    name: str
    node: str
    memory_mib: int
    driver_version: str | None = None
    cuda_version: str | None = None
    simulated: bool = False
    parent_uuid: str | None = None
    parent_memory_mib: int | None = None
    mig_profile: str | None = None
    isolation: Isolation = "soft"
    health: Health = "ok"
    fault: str | None = None
    utilization_percent: int | None = None
    memory_used_mib: int | None = None
    temperature_c: int | None = None
    processes_known: bool = True

    def __post_init__(self) -> None:
        if (self.health == "fault") != (self.fault is not None):
            raise ValueError("a fault has a reason, and a healthy GPU has none")
        if (self.parent_uuid is None) != (self.mig_profile is None):
            raise ValueError("a MIG slice has both a parent and a profile")

    @property
    def kind(self) -> str:
        """Give the word people and policy choose by: the MIG profile, else the model name."""
        return self.mig_profile or self.name

    @property
    def card_uuid(self) -> str:
        """Give the UUID of the physical card, which for a slice is its parent's."""
        return self.parent_uuid or self.uuid

    def faulted(self, reason: str) -> "GpuFact":
        """Give the same GPU with a fault; an earlier fault is kept in front of the new one."""
        both = reason if self.fault is None else f"{self.fault}; {reason}"
        return replace(self, health="fault", fault=both)


@dataclass(frozen=True)
class GpuProcess:
    """A process that uses a GPU; `pid` is the host's, `container_id` None when in no container.

    `utilization_percent` is how much of the last seconds it kept the GPU busy; None: not told.
    """

    gpu_uuid: str
    pid: int
    container_id: str | None = None
    memory_mib: int | None = None
    utilization_percent: int | None = None


@dataclass(frozen=True)
class Inventory:
    """All GPUs of one node and the processes on them, read at `taken_at` (aware, UTC)."""

    node: str
    gpus: tuple[GpuFact, ...]
    processes: tuple[GpuProcess, ...]
    taken_at: datetime
    source: Source

    def __post_init__(self) -> None:
        if self.taken_at.utcoffset() is None:
            raise ValueError("taken_at must be aware")
