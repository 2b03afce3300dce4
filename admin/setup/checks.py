"""What must be true of the machine before `up` touches it; each no is one line with its remedy."""

import os
import platform
import shutil
import socket
from pathlib import Path

from admin.setup.failure import SetupFailed

GIB = 1024**3
SUPPORTED = ("x86_64", "aarch64")


def ensure_root(command: str) -> None:
    """Refuse to go on as anybody but root."""
    if os.geteuid() != 0:
        raise SetupFailed(f"{command} needs root: sudo ./allotment {command}")


def ensure_platform() -> None:
    """Refuse other systems and processors, for which there are no images."""
    if platform.system() != "Linux" or platform.machine() not in SUPPORTED:
        found = f"{platform.system()} on {platform.machine()}"
        raise SetupFailed(f"a station needs Linux on {' or '.join(SUPPORTED)}; this is {found}")


def ensure_space(folder: Path, needed_gib: float, what: str) -> None:
    """Refuse when the disk of a folder has less than that left."""
    free_gib = free_gib_at(folder)
    if free_gib < needed_gib:
        raise SetupFailed(
            f"the disk of {folder} is too full for {what}: {free_gib:.1f} GiB free, "
            f"{needed_gib:.1f} GiB needed; make room and run ./allotment up again"
        )


def free_gib_at(folder: Path) -> float:
    """Give the free space of the disk that a folder is, or would be, on."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free / GIB


def is_port_free(address: str, port: int) -> bool:
    """Say whether nothing listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def ensure_https_port(port: int) -> None:
    """Refuse a public port that something else already holds."""
    if not is_port_free("0.0.0.0", port):  # noqa: S104  (asks, and closes again)
        holder = holder_of_port(port)
        raise SetupFailed(
            f"port {port} is taken{f' by {holder}' if holder else ''}: stop that, or choose "
            "another with ./allotment up --https-port PORT"
        )


def holder_of_port(port: int) -> str | None:
    """Name the program that listens on a TCP port, as far as /proc tells."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(fd) in inodes for fd in (process / "fd").iterdir()):
                name = (process / "comm").read_text().strip()
                return f"{name} (process {process.name})"
        except OSError:
            continue  # gone meanwhile, or not ours to look into
    return None


def _listening_inodes(port: int) -> set[str]:
    listening = "0A"
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(table).exists():
            continue
        for row in Path(table).read_text().splitlines()[1:]:
            cells = row.split()
            if cells[3] == listening and int(cells[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(f"socket:[{cells[9]}]")
    return inodes
