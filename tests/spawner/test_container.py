"""The create spec, whole: nothing is in it that is not written here."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from hub.policy.gpus import SlotRange
from hub.policy.leases import Lease
from spawner.container import Mount, Start, Walls, build, name_of
from tests.policy.conftest import lease

STATION = "0a1b2c3d"
WALLS = Walls("allotment-0a1b2c3d-users", 1024, 2048, "Asia/Urumqi", "hook")
ANNS = Mount(Path("/srv/allotment/homes/ann"), "/home/ann", False)
LEAVES = Mount(Path("/srv/allotment/datasets/leaves/1"), "/data/raw/leaves", True)


def start(the_lease: Lease, **changes: Any) -> Start:
    """Make a start of ann's on a real GPU by the hook."""
    plain = Start(
        station_id=STATION,
        lease=the_lease,
        uid=201001,
        image="allotment/notebook-cuda:1",
        walls=WALLS,
        simulated=False,
        mounts=(ANNS, LEAVES),
        environment={"JUPYTERHUB_USER": "ann", "HOME": "/root"},
    )
    return replace(plain, **changes)


def env(spec: dict[str, Any]) -> dict[str, str]:
    """Read the environment of a spec."""
    return dict(line.split("=", 1) for line in spec["Env"])


def test_a_spec_is_exactly_this() -> None:
    assert build(start(lease(7))) == {
        "Image": "allotment/notebook-cuda:1",
        "Cmd": ["jupyterhub-singleuser"],
        "User": "201001:201001",
        "WorkingDir": "/home/ann",
        "Hostname": "notebook",
        "Env": [
            "ALLOTMENT_GPU_KIND=real",
            "ALLOTMENT_GPU_SHARE=0.5",
            "ALLOTMENT_LEASE=7",
            "HOME=/home/ann",
            "JUPYTERHUB_USER=ann",
            "LOGNAME=ann",
            "NVIDIA_VISIBLE_DEVICES=GPU-1",
            "PYTORCH_ALLOC_CONF=per_process_memory_fraction:0.500",
            "PYTORCH_CUDA_ALLOC_CONF=per_process_memory_fraction:0.500",
            "TZ=Asia/Urumqi",
            "USER=ann",
        ],
        "Labels": {
            "allotment.station": STATION,
            "allotment.lease": "7",
            "allotment.person": "1",
            "allotment.user": "ann",
            "allotment.server": "other",
        },
        "HostConfig": {
            "NetworkMode": "allotment-0a1b2c3d-users",
            "AutoRemove": False,
            "RestartPolicy": {"Name": "no"},
            "Init": True,
            "Privileged": False,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "ReadonlyRootfs": True,
            "IpcMode": "private",
            "PidsLimit": 2048,
            "Memory": 4096 * 1024**2,
            "MemorySwap": 4096 * 1024**2,
            "NanoCpus": 2_000_000_000,
            "OomScoreAdj": 300,
            "ShmSize": 1024 * 1024**2,
            "Tmpfs": {
                "/tmp": "rw,exec,nosuid,nodev,mode=1777,size=2048m",
                "/run": "rw,nosuid,nodev,noexec,mode=1777,size=64m",
            },
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
            "Mounts": [
                {
                    "Type": "bind",
                    "Source": "/srv/allotment/homes/ann",
                    "Target": "/home/ann",
                    "ReadOnly": False,
                    "BindOptions": {"Propagation": "rprivate", "NonRecursive": True},
                },
                {
                    "Type": "bind",
                    "Source": "/srv/allotment/datasets/leaves/1",
                    "Target": "/data/raw/leaves",
                    "ReadOnly": True,
                    "BindOptions": {"Propagation": "rprivate", "NonRecursive": True},
                },
            ],
            "DeviceRequests": [
                {
                    "Driver": "nvidia",
                    "DeviceIDs": ["GPU-1"],
                    "Capabilities": [["gpu", "compute", "utility"]],
                }
            ],
        },
    }


def test_by_cdi_the_gpu_is_asked_for_by_its_qualified_name_and_the_hook_is_told_nothing() -> None:
    spec = build(start(lease(), walls=replace(WALLS, gpu_access="cdi")))
    assert spec["HostConfig"]["DeviceRequests"] == [
        {"Driver": "cdi", "DeviceIDs": ["nvidia.com/gpu=GPU-1"]}
    ]
    assert env(spec)["NVIDIA_VISIBLE_DEVICES"] == "void"


@pytest.mark.parametrize("access", ["cdi", "hook", "none"])
def test_without_slots_no_device_is_asked_for(access: str) -> None:
    cpu = lease(slots=(), share=Fraction(0), parts=0)
    spec = build(start(cpu, walls=replace(WALLS, gpu_access=access)))
    assert spec["HostConfig"]["DeviceRequests"] == []
    assert env(spec)["NVIDIA_VISIBLE_DEVICES"] == "void"
    assert env(spec)["ALLOTMENT_GPU_KIND"] == "none"


def test_a_simulated_gpu_is_no_device_and_says_so() -> None:
    spec = build(start(lease(), simulated=True))
    assert spec["HostConfig"]["DeviceRequests"] == []
    assert env(spec)["NVIDIA_VISIBLE_DEVICES"] == "void"
    assert env(spec)["ALLOTMENT_GPU_KIND"] == "simulated"


def test_two_whole_gpus_are_both_asked_for_and_have_no_memory_fraction() -> None:
    two = (SlotRange("GPU-1", (0, 1, 2, 3)), SlotRange("GPU-2", (0, 1, 2, 3)))
    spec = build(start(lease(slots=two, share=Fraction(2), parts=800)))
    assert spec["HostConfig"]["DeviceRequests"][0]["DeviceIDs"] == ["GPU-1", "GPU-2"]
    assert "PYTORCH_ALLOC_CONF" not in env(spec)


@pytest.mark.parametrize(
    "name",
    ["NVIDIA_VISIBLE_DEVICES", "HOME", "USER", "ALLOTMENT_GPU_SHARE", "ALLOTMENT_LEASE"],
)
def test_what_we_set_wins_over_what_was_handed_in(name: str) -> None:
    spec = build(start(lease(), environment={name: "all"}))
    assert env(spec)[name] != "all"


def test_two_leases_of_one_server_never_share_a_name() -> None:
    assert name_of(STATION, lease(7)) != name_of(STATION, lease(8))
