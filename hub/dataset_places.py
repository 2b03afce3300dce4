"""Where datasets lie on this machine, and how one appears or goes whole although anything may stop.

Work is done in datasets/.work by one command at a time. Before a version is placed or taken away a
claim names it there; whatever was killed is finished or undone by the next command: a claimed
version that is registered stays, one that is not goes.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.errors import Refused
from hub.house import House
from hub.store.datasets import find_dataset

FOLDER_MODE = 0o755
MANIFEST_SUFFIX = ".manifest.json"
MANIFEST_MODE = 0o444

Registered = Callable[[str, str], bool]
"""Says whether a name and version are registered."""


@dataclass(frozen=True)
class Places:
    """The datasets folder of a station."""

    datasets: Path

    @property
    def work(self) -> Path:
        return self.datasets / ".work"

    @property
    def tree(self) -> Path:
        """Where a copy grows."""
        return self.work / "tree"

    @property
    def claim_file(self) -> Path:
        return self.work / "claim.json"

    def folder(self, name: str, version: str) -> Path:
        return self.datasets / name / version

    def manifest(self, name: str, version: str) -> Path:
        return self.datasets / name / f"{version}{MANIFEST_SUFFIX}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other command change datasets meanwhile; raises Refused when one does."""
        self.datasets.mkdir(mode=0o711, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(self.datasets / ".lock", flags, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise Refused(
                "another command is adding or removing a dataset; run this again when it is done"
            ) from None
        try:
            yield
        finally:
            os.close(fd)

    def begin(self) -> None:
        """Make an empty folder to work in, closed to everybody else."""
        self.work.mkdir(mode=0o700)

    def claim(self, name: str, version: str) -> None:
        """Write down which version is about to appear or go."""
        text = json.dumps({"name": name, "version": version})
        with self.claim_file.open("w", encoding="utf-8") as writer:
            writer.write(text)
            writer.flush()
            os.fsync(writer.fileno())
        _sync_folder(self.work)
        _sync_folder(self.datasets)

    def place(self, name: str, version: str, manifest: bytes) -> None:
        """Make the finished copy and its manifest appear, each in one step, and lasting."""
        home = self.datasets / name
        home.mkdir(mode=FOLDER_MODE, exist_ok=True)
        _own(home, FOLDER_MODE)
        part = self.work / "manifest"
        part.write_bytes(manifest)
        _own(part, MANIFEST_MODE)
        os.sync()
        part.rename(self.manifest(name, version))
        self.tree.rename(self.folder(name, version))
        _sync_folder(home)
        _sync_folder(self.datasets)

    def settle(self, registered: Registered) -> None:
        """Finish or undo what a command left, this one or one that was killed."""
        claimed = self._read_claim()
        if claimed is not None and not registered(*claimed):
            self._discard(*claimed)
        if self.work.exists():
            shutil.rmtree(self.work)

    def _read_claim(self) -> tuple[str, str] | None:
        try:
            claim = json.loads(self.claim_file.read_bytes())
            return str(claim["name"]), str(claim["version"])
        except (FileNotFoundError, ValueError):
            return None  # a claim cut off in the middle was not acted on yet

    def _discard(self, name: str, version: str) -> None:
        if self.folder(name, version).exists():
            shutil.rmtree(self.folder(name, version))
        self.manifest(name, version).unlink(missing_ok=True)
        home = self.datasets / name
        if home.exists() and not any(home.iterdir()):
            home.rmdir()


def places_of(house: House) -> Places:
    """Say where this station's datasets lie."""
    return Places(house.station.home / "datasets")


@contextmanager
def alone(house: House) -> Iterator[Places]:
    """Hold the lock, with everything that was left half done before or after put right."""
    places = places_of(house)

    def registered(name: str, version: str) -> bool:
        with house.database.read() as db:
            return find_dataset(db, name, version) is not None

    with places.locked():
        places.settle(registered)
        try:
            yield places
        finally:
            places.settle(registered)


def _own(path: Path, mode: int) -> None:
    """Make something root's alone to write, whatever umask and group this process has."""
    os.chown(path, 0, 0)
    path.chmod(mode)


def _sync_folder(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
