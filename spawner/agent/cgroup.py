"""Which container a process belongs to, from its cgroup alone; Docker is never asked."""

import re
from pathlib import Path

CONTAINER = re.compile(r"(?:docker-)?([0-9a-f]{64})(?:\.scope)?")


def parse_container_id(text: str) -> str | None:
    """Find the container's id in the text of /proc/<pid>/cgroup; None for no container.

    Takes version 1 (a line for each controller) and version 2 (one line), with the cgroupfs
    driver (`/docker/<id>`) and the systemd driver (`docker-<id>.scope`), seen from inside a
    cgroup namespace (`/../<id>`) as well. Of nested containers it is the outermost, the one the
    machine's engine knows: what a container makes below itself can't change its name.
    """
    for line in text.splitlines():
        path = line.split(":", 2)[-1]
        for part in path.split("/"):
            found = CONTAINER.fullmatch(part)
            if found:
                return found[1]
    return None


def load_container_id(pid: int, proc: Path) -> str | None:
    """Read the container id of a process; None when it has none or has just ended."""
    try:
        return parse_container_id((proc / str(pid) / "cgroup").read_text())
    except OSError:
        return None
