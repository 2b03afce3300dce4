"""Copy a folder of plain files, hashed while it is copied, into files nobody may write.

Nothing else of the source survives: no owner, no mode, no attribute. What is no plain file or
folder is refused by its path.
"""

import hashlib
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub.dataset_walk import Entry, shown, walk
from hub.errors import Refused
from hub.manifests import FileRecord

CHUNK = 1024 * 1024
BLOCK = 4096
NAMED = 3
FILE_MODE = 0o444
FOLDER_MODE = 0o555
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

Report = Callable[[str, int, int], None]
"""Told the stage, the bytes done and the bytes to do; called before each outside effect."""


def no_report(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Measure:
    """How large a source is; `room_bytes` is what it takes on a disk, whole blocks."""

    files: int
    folders: int
    size_bytes: int
    room_bytes: int


@dataclass(frozen=True)
class Copied:
    """What a copy holds."""

    files: tuple[FileRecord, ...]
    folders: tuple[str, ...]


def measure(source: int) -> Measure:
    """Count what is below an open folder; raises Refused naming what can't be taken."""
    problems: list[str] = []
    sizes: list[int] = []
    folders = 0
    for entry in walk(source):
        if entry.problem is not None:
            problems.append(_refusal(entry))
        elif entry.is_folder:
            folders += 1
        else:
            sizes.append(entry.facts.st_size)
    if problems:
        more = f"; and {len(problems) - NAMED} more" if len(problems) > NAMED else ""
        raise Refused("; ".join(problems[:NAMED]) + more)
    room = sum(math.ceil(size / BLOCK) * BLOCK for size in sizes) + folders * BLOCK
    return Measure(len(sizes), folders, sum(sizes), room)


def copy_tree(source: int, target: Path, size_bytes: int, report: Report = no_report) -> Copied:
    """Copy what is below an open folder into a new folder, read-only and owned by root.

    Raises Refused for what is no plain file or folder, or changes while it is copied.
    """
    files: list[FileRecord] = []
    folders: list[str] = []
    done = 0
    target.mkdir(mode=0o700)
    for entry in walk(source):
        if entry.problem is not None:
            raise Refused(_refusal(entry))
        if entry.is_folder:
            (target / entry.path).mkdir(mode=0o700)
            folders.append(entry.path)
        else:
            report("copying", done, size_bytes)
            files.append(_copy_file(entry, target / entry.path))
            done += files[-1].size_bytes
    for folder in (target, *(target / path for path in folders)):
        os.chown(folder, 0, 0)
        folder.chmod(FOLDER_MODE)
    return Copied(tuple(files), tuple(folders))


def hash_entry(entry: Entry) -> FileRecord:
    """Read a file through and give its size and hash."""
    digest = hashlib.sha256()
    size = 0
    with os.fdopen(entry.open(), "rb", buffering=0) as reader:
        while chunk := reader.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return FileRecord(entry.path, size, digest.hexdigest())


def _copy_file(entry: Entry, target: Path) -> FileRecord:
    digest = hashlib.sha256()
    left = entry.facts.st_size
    with (
        os.fdopen(entry.open(), "rb", buffering=0) as reader,
        os.fdopen(os.open(target, NEW_FILE, 0o600), "wb", buffering=0) as writer,
    ):
        while left >= 0 and (chunk := reader.read(CHUNK)):
            digest.update(chunk)
            _write_all(writer.fileno(), chunk)
            left -= len(chunk)
        if left != 0 or _stamp(os.fstat(reader.fileno())) != _stamp(entry.facts):
            raise Refused(f"{shown(entry.path)} changed while it was copied")
        os.fchown(writer.fileno(), 0, 0)
        os.fchmod(writer.fileno(), FILE_MODE)
    return FileRecord(entry.path, entry.facts.st_size, digest.hexdigest())


def _write_all(fd: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(fd, view) :]


def _stamp(facts: os.stat_result) -> tuple[int, int, int, int]:
    return facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_nlink


def _refusal(entry: Entry) -> str:
    return f"{shown(entry.path)} is {entry.problem}"
