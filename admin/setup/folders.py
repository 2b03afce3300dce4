"""The folders of a station, each with its owner and mode; people's own are made with the person."""

import os
from pathlib import Path

from hub.station import Uids

OPEN = 0o755
THROUGH = 0o711
SHARED = 0o2770


def ensure_outer_folders(home: Path) -> None:
    """Make what must be there before anything else is known: the home, state and the log."""
    ensure_folder(home, OPEN)
    ensure_folder(home / "state", OPEN)
    ensure_folder(home / "state" / "log", 0o750)


def ensure_folders(home: Path, uids: Uids, gid: int) -> None:
    """Make every folder of the station with the rights of the units that use it."""
    for name in ("tls", "incoming"):
        ensure_folder(home / name, OPEN)
    for name in ("homes", "outputs", "datasets", "courses"):
        ensure_folder(home / name, THROUGH)
    state = home / "state"
    ensure_folder(state / "db", SHARED, gid=gid)
    ensure_folder(state / "hub", 0o700, uid=uids.hub, gid=gid)
    ensure_folder(state / "run", OPEN)
    ensure_folder(state / "run" / "agent", 0o2750, uid=uids.agent, gid=gid)
    ensure_folder(state / "run" / "walls", OPEN)
    ensure_folder(state / "people", OPEN)
    ensure_folder(state / "secrets", THROUGH)


def ensure_folder(path: Path, mode: int, *, uid: int = 0, gid: int = 0) -> None:
    """Make one folder, or set its owner and mode right; never through a link."""
    path.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if (status.st_uid, status.st_gid) != (uid, gid):
            os.fchown(descriptor, uid, gid)
        if status.st_mode & 0o7777 != mode:
            os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def replace_file(path: Path, text: str, *, mode: int = 0o644, uid: int = 0, gid: int = 0) -> bool:
    """Replace a file in one step, unless it already says the same; says whether it changed."""
    content = text.encode()
    if path.is_file() and path.read_bytes() == content:
        return False
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchown(file.fileno(), uid, gid)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    return True
