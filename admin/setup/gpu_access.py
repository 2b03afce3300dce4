"""Whether this machine has a real GPU, and how the engine can hand it to a container."""

import shutil
from pathlib import Path

from admin.setup.engine import ask
from hub.station import GpuAccess

DEVICES = Path("/dev")
CDI_FOLDERS = (Path("/etc/cdi"), Path("/var/run/cdi"))
CDI_SINCE = 25
HOOK = "nvidia-container-runtime-hook"


def has_real_gpu(devices: Path = DEVICES) -> bool:
    """Say whether the NVIDIA driver made a device here."""
    return any(path.name[6:].isdigit() for path in devices.glob("nvidia[0-9]*"))


def choose_gpu_access(engine_socket: Path, version: str) -> GpuAccess:
    """Choose CDI where the engine and a specification of NVIDIA's are there, else the hook."""
    if not has_real_gpu():
        return "none"
    info = ask(engine_socket, "/info") or {}
    major = version.partition(".")[0]
    specified = any(folder.glob("nvidia*") for folder in CDI_FOLDERS if folder.is_dir())
    if major.isdigit() and int(major) >= CDI_SINCE and info.get("CDISpecDirs") and specified:
        return "cdi"
    runtimes = info.get("Runtimes")
    hooked = shutil.which(HOOK) or (isinstance(runtimes, dict) and "nvidia" in runtimes)
    return "hook" if hooked else "none"
