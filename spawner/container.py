"""From a Start to the whole Docker create spec of a container; pure, compared whole in tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hub.policy.leases import Lease
from hub.units import MIB, share_text

PORT = 8888
COMMAND = ("jupyterhub-singleuser",)
NANO = 1_000_000_000
RUN_MIB = 64
NICE_TO_OOM = 300
"""Under memory pressure of the machine itself people's containers go before the units."""

GpuAccess = Literal["cdi", "hook", "none"]


@dataclass(frozen=True)
class Mount:
    """One folder or file of the machine as it appears in the notebook."""

    source: Path
    target: str
    read_only: bool


@dataclass(frozen=True)
class Walls:
    """What holds every container of this station in: its network and its limits."""

    network: str
    shm_mib: int
    pids: int
    timezone: str
    gpu_access: GpuAccess


@dataclass(frozen=True)
class Start:
    """Everything one container is built from."""

    station_id: str
    lease: Lease
    uid: int
    image: str
    walls: Walls
    simulated: bool
    mounts: tuple[Mount, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def name_of(station_id: str, lease: Lease) -> str:
    """Name a lease's container: the lease's number keeps any two names apart."""
    return f"allotment-{station_id}-{lease.id}-{lease.user}"


def home_of(user: str) -> str:
    """Say where a person's home is inside their container."""
    return f"/home/{user}"


def build(start: Start) -> dict[str, Any]:
    """Build the body of the engine's create call for one lease."""
    lease = start.lease
    return {
        "Image": start.image,
        "Cmd": list(COMMAND),
        "User": f"{start.uid}:{start.uid}",
        "WorkingDir": home_of(lease.user),
        "Hostname": "notebook",
        "Env": [f"{key}={value}" for key, value in sorted(_environment(start).items())],
        "Labels": {
            "allotment.station": start.station_id,
            "allotment.lease": str(lease.id),
            "allotment.person": str(lease.person_id),
            "allotment.user": lease.user,
            "allotment.server": lease.server,
        },
        "HostConfig": _host_config(start),
    }


def _host_config(start: Start) -> dict[str, Any]:
    lease, walls = start.lease, start.walls
    memory = lease.memory_mib * MIB
    return {
        "NetworkMode": walls.network,
        "AutoRemove": False,
        "RestartPolicy": {"Name": "no"},
        "Init": True,
        "Privileged": False,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges:true"],
        "ReadonlyRootfs": True,
        "IpcMode": "private",
        "PidsLimit": walls.pids,
        "Memory": memory,
        "MemorySwap": memory,
        "NanoCpus": int(lease.cpus * NANO),
        "OomScoreAdj": NICE_TO_OOM,
        "ShmSize": walls.shm_mib * MIB,
        "Tmpfs": {
            "/tmp": f"rw,exec,nosuid,nodev,mode=1777,size={lease.memory_mib // 2}m",  # noqa: S108 - the container's own, in memory
            "/run": f"rw,nosuid,nodev,noexec,mode=1777,size={RUN_MIB}m",
        },
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
        "Mounts": [_mount(mount) for mount in start.mounts],
        "DeviceRequests": _device_requests(start),
    }


def _mount(mount: Mount) -> dict[str, Any]:
    return {
        "Type": "bind",
        "Source": str(mount.source),
        "Target": mount.target,
        "ReadOnly": mount.read_only,
        "BindOptions": {"Propagation": "rprivate", "NonRecursive": True},
    }


def _device_requests(start: Start) -> list[dict[str, Any]]:
    uuids = real_gpus(start)
    if not uuids:
        return []
    if start.walls.gpu_access == "cdi":
        return [{"Driver": "cdi", "DeviceIDs": [f"nvidia.com/gpu={uuid}" for uuid in uuids]}]
    capabilities = [["gpu", "compute", "utility"]]
    return [{"Driver": "nvidia", "DeviceIDs": uuids, "Capabilities": capabilities}]


def real_gpus(start: Start) -> list[str]:
    """List the UUIDs the engine is asked for; a simulated GPU is none of its business."""
    if start.simulated:
        return []
    return [part.gpu_uuid for part in start.lease.slots]


def _environment(start: Start) -> dict[str, str]:
    lease = start.lease
    return {
        **start.environment,
        "HOME": home_of(lease.user),
        "USER": lease.user,
        "LOGNAME": lease.user,
        "TZ": start.walls.timezone,
        "ALLOTMENT_LEASE": str(lease.id),
        **_gpu_environment(start),
    }


def _gpu_environment(start: Start) -> dict[str, str]:
    uuids = real_gpus(start)
    visible = ",".join(uuids) if uuids and start.walls.gpu_access == "hook" else "void"
    kind = "none" if not start.lease.slots else "simulated" if start.simulated else "real"
    told = {
        "NVIDIA_VISIBLE_DEVICES": visible,
        "ALLOTMENT_GPU_SHARE": share_text(start.lease.share),
        "ALLOTMENT_GPU_KIND": kind,
    }
    if uuids and start.lease.share < 1:
        fraction = f"per_process_memory_fraction:{float(start.lease.share):.3f}"
        told["PYTORCH_ALLOC_CONF"] = fraction
        told["PYTORCH_CUDA_ALLOC_CONF"] = fraction
    return told
