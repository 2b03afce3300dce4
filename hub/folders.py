"""A person's folders on this machine, made as root without ever following a link.

homes/<name> and outputs/<name> are theirs alone; state/people/<name> holds what their containers
see as /etc/passwd and /etc/group.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hub.errors import Refused
from hub.policy.people import Person
from hub.station import Station

OWN_FOLDERS = ("homes", "outputs")
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
PRIVATE = 0o700
READABLE = 0o755
FILE_MODE = 0o644


def ensure_folders(station: Station, person: Person) -> None:
    """Make or put right a person's folders; raises Refused when something else stands there."""
    for parent in OWN_FOLDERS:
        path = station.home / parent
        with _opened(path) as inside:
            _ensure_own(inside, path, person)
    people = station.state / "people"
    with _opened(people) as inside, _opened_below(inside, person.name, people) as own:
        os.fchown(own, 0, 0)
        os.fchmod(own, READABLE)
        _ensure_file(own, "passwd", passwd_text(person))
        _ensure_file(own, "group", group_text(person))


def check_free(station: Station, name: str) -> None:
    """Refuse a name under which something lies already: a new person begins with empty folders."""
    for parent in OWN_FOLDERS:
        path = station.home / parent / name
        if os.path.lexists(path):
            raise Refused(f"{path} is there already; move it away first")


def passwd_text(person: Person) -> str:
    """Build the /etc/passwd of a person's containers; their own line first, so it names them."""
    own = f"{person.name}:x:{person.uid}:{person.uid}::/home/{person.name}:/bin/bash\n"
    root = "" if person.name == "root" else "root:x:0:0:root:/root:/usr/sbin/nologin\n"
    return own + root + "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"


def group_text(person: Person) -> str:
    """Build the /etc/group of a person's containers."""
    root = "" if person.name == "root" else "root:x:0:\n"
    return f"{person.name}:x:{person.uid}:\n{root}nogroup:x:65534:\n"


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open one of the station's own folders, made where it is missing."""
    path.mkdir(mode=READABLE, parents=True, exist_ok=True)
    try:
        folder = os.open(path, FOLDER)
    except OSError as error:
        raise Refused(f"{path} is not a plain folder: {error.strerror}") from None
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def _opened_below(parent: int, name: str, path: Path) -> Iterator[int]:
    """Open a folder inside an open one, made where it is missing."""
    with suppress(FileExistsError):
        os.mkdir(name, PRIVATE, dir_fd=parent)
    try:
        folder = os.open(name, FOLDER, dir_fd=parent)
    except OSError as error:
        raise Refused(f"{path / name} is not a plain folder: {error.strerror}") from None
    try:
        yield folder
    finally:
        os.close(folder)


def _ensure_own(parent: int, path: Path, person: Person) -> None:
    with _opened_below(parent, person.name, path) as folder:
        facts = os.fstat(folder)
        if facts.st_uid not in (0, person.uid):
            raise Refused(
                f"{path / person.name} belongs to uid {facts.st_uid}, not to {person.name} "
                f"({person.uid}): move it away, or chown it"
            )
        if (facts.st_uid, facts.st_gid) != (person.uid, person.uid):
            os.fchown(folder, person.uid, person.uid)
        if stat.S_IMODE(facts.st_mode) != PRIVATE:
            os.fchmod(folder, PRIVATE)


def _ensure_file(folder: int, name: str, text: str) -> None:
    """Write a file of ours unless it says this already; a link of that name is replaced."""
    if _content(folder, name) == text.encode():
        return
    part = f".{name}.new"
    with suppress(FileNotFoundError):
        os.unlink(part, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(part, flags, PRIVATE, dir_fd=folder), "wb") as file:
        file.write(text.encode())
        os.fchown(file.fileno(), 0, 0)
        os.fchmod(file.fileno(), FILE_MODE)
    os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)


def _content(folder: int, name: str) -> bytes | None:
    """Read a file of ours; None when it is missing, is no plain file or is not as we made it."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            return None
        right = (facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)) == (0, 0, FILE_MODE)
        return file.read() if right else None
