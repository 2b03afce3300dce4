"""Walk a folder by descriptors, so that nobody can move anything under our feet.

It follows no link and enters no other file system; it says of each entry what forbids taking it.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

DEEPEST = 64
PEEK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

OTHER_TYPES = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
)


@dataclass(frozen=True)
class Ground:
    """The file system and mount a walk began on and does not leave."""

    device: int
    mount: str


@dataclass(frozen=True)
class Entry:
    """Something found below a folder; `fd` names it, opens nothing, and is closed at the next."""

    path: str
    fd: int
    facts: os.stat_result
    problem: str | None
    """Why it can't be part of a dataset; None when it can."""

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.facts.st_mode)

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.facts.st_mode)

    def open(self) -> int:
        """Open the very file that was looked at, wherever its name points by now."""
        try:
            return os.open(f"/proc/self/fd/{self.fd}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise OSError(error.errno, error.strerror, self.path) from None


def walk(folder: int) -> Iterator[Entry]:
    """Yield everything below an open folder by name, each folder before what is in it.

    A folder with a problem is not entered. Raises OSError when something vanishes meanwhile.
    """
    return _walk(folder, "", _ground_of(folder))


def shown(path: str) -> str:
    """Give a path as it can be printed on one line, whatever bytes are in it."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _walk(folder: int, at: str, ground: Ground) -> Iterator[Entry]:
    for name in sorted(os.listdir(folder)):
        path = f"{at}/{name}" if at else name
        fd = os.open(name, PEEK, dir_fd=folder)
        try:
            entry = _look(path, fd, ground)
            yield entry
            if entry.is_folder and entry.problem is None:
                yield from _enter(entry, ground)
        finally:
            os.close(fd)


def _enter(entry: Entry, ground: Ground) -> Iterator[Entry]:
    inside = os.open(".", LIST, dir_fd=entry.fd)
    try:
        yield from _walk(inside, entry.path, ground)
    finally:
        os.close(inside)


def _look(path: str, fd: int, ground: Ground) -> Entry:
    facts = os.fstat(fd)
    return Entry(path, fd, facts, _problem(path, facts, _mount_of(fd), ground))


def _problem(path: str, facts: os.stat_result, mount: str, ground: Ground) -> str | None:
    for is_type, name in OTHER_TYPES:
        if is_type(facts.st_mode):
            return name
    if (facts.st_dev, mount) != (ground.device, ground.mount):
        return "on another file system"
    if stat.S_ISREG(facts.st_mode) and facts.st_nlink > 1:
        return f"a hard link, one of {facts.st_nlink} names of a file"
    if path.count("/") >= DEEPEST:
        return f"more than {DEEPEST} folders deep"
    if not _is_utf8(path):
        return "named in bytes that are no UTF-8"
    return None


def _is_utf8(path: str) -> bool:
    try:
        os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _ground_of(folder: int) -> Ground:
    return Ground(os.fstat(folder).st_dev, _mount_of(folder))


def _mount_of(fd: int) -> str:
    """Tell mounts apart even where the same file system is mounted twice."""
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("mnt_id:"):
                return line.split()[1]
    return ""
