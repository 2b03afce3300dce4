"""Taking a dataset in: checked, copied, placed and registered, or nothing at all."""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hub.dataset_copy import Copied, Measure, Report, copy_tree, measure, no_report
from hub.dataset_places import MANIFEST_SUFFIX, Places, alone
from hub.dataset_sources import open_source
from hub.dataset_walk import shown
from hub.datasets import check_readers
from hub.errors import AlreadyExists, BadValue, Refused
from hub.house import House
from hub.manifests import Manifest, read_text
from hub.store import datasets as rows
from hub.store.audit import write
from hub.store.datasets import Dataset

GIB = 1024**3
KINDS = ("raw", "processed")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True)
class NewDataset:
    """What is asked for: a version of a dataset, where it lies now, and who may read it."""

    name: str
    version: str
    source: Path
    kind: str = "raw"
    readers: tuple[str, ...] = ()


def add(
    house: House, new: NewDataset, actor: str, now: datetime, report: Report = no_report
) -> tuple[Dataset, Manifest]:
    """Copy a version in and register it; whatever stops it, half a copy is never seen.

    Readers read every version of the name. Raises BadValue, AlreadyExists, NotFound or Refused,
    and then nothing was changed.
    """
    _check_words(new)
    with alone(house) as places:
        _check_claim(house, places, new)
        with _said_in_words(), open_source(house, new.source) as source:
            report("checking", 0, 0)
            size = measure(source)
            _check_size(house, places, new, size)
            places.begin()
            copied = copy_tree(source, places.tree, size.size_bytes, report)
        with _said_in_words():
            manifest = _build_manifest(new, copied, places.tree, now)
            places.claim(new.name, new.version)
            report("placing", size.size_bytes, size.size_bytes)
            places.place(new.name, new.version, manifest.dump())
        report("registering", size.size_bytes, size.size_bytes)
        dataset = _register(house, new, manifest, actor, now)
        report("registered", size.size_bytes, size.size_bytes)
    return dataset, manifest


@contextmanager
def _said_in_words() -> Iterator[None]:
    """Turn what the system refuses into one line; what was begun is undone by the caller."""
    try:
        yield
    except OSError as error:
        where = f" at {shown(os.fsdecode(error.filename))}" if error.filename else ""
        raise Refused(f"the copy failed{where}: {error.strerror}; nothing was kept") from None


def _check_words(new: NewDataset) -> None:
    for what, word in (("name", new.name), ("version", new.version)):
        if not NAME.fullmatch(word) or ".." in word or word.endswith(MANIFEST_SUFFIX):
            raise BadValue(
                f"{shown(word[:80])}: a dataset's {what} is a-z, 0-9, dot, _ and -, begins with a "
                f"letter or digit, is at most 64 long, and has no '..' or '{MANIFEST_SUFFIX}'"
            )
    if new.kind not in KINDS:
        raise BadValue(f"{shown(new.kind)}: a dataset is {' or '.join(KINDS)}")


def _check_claim(house: House, places: Places, new: NewDataset) -> None:
    with house.database.read() as db:
        if rows.find_dataset(db, new.name, new.version):
            raise AlreadyExists(f"{new.name} {new.version} is there already and never changes")
        check_readers(db, new.readers)
    for path in (
        places.folder(new.name, new.version),
        places.manifest(new.name, new.version),
    ):
        if os.path.lexists(path):
            raise Refused(f"{path} is in the way and belongs to no dataset; move it elsewhere")


def _check_size(house: House, places: Places, new: NewDataset, size: Measure) -> None:
    if size.files == 0:
        raise Refused(f"{shown(str(new.source))}: there is no file in it")
    disk = os.statvfs(places.datasets)
    free = disk.f_bavail * disk.f_frsize
    reserve_gib = house.settings.storage.reserve_gib
    if free - size.room_bytes < reserve_gib * GIB:
        raise Refused(
            f"{new.name} {new.version} takes {size.room_bytes / GIB:.2f} GiB; {places.datasets} "
            f"has {free / GIB:.2f} GiB free, of which storage.reserve_gib keeps {reserve_gib:g}"
        )
    if disk.f_files and disk.f_favail < size.files + size.folders:
        raise Refused(
            f"{new.name} {new.version} has {size.files + size.folders} files and folders; "
            f"{places.datasets} has room for {disk.f_favail}"
        )


def _build_manifest(new: NewDataset, copied: Copied, tree: Path, now: datetime) -> Manifest:
    return Manifest(
        name=new.name,
        version=new.version,
        kind=new.kind,
        added_at=now,
        files=copied.files,
        folders=copied.folders,
        licence=read_text(tree, ("LICENSE", "LICENCE")),
        citation=read_text(tree, ("CITATION",)),
    )


def _register(
    house: House, new: NewDataset, manifest: Manifest, actor: str, now: datetime
) -> Dataset:
    dataset = Dataset(
        name=new.name,
        version=new.version,
        kind=new.kind,
        files=len(manifest.files),
        size_bytes=manifest.size_bytes,
        manifest_sha256=hashlib.sha256(manifest.dump()).hexdigest(),
        added_at=now,
        readers=new.readers,
    )
    detail = {"name": new.name, "version": new.version, "readers": new.readers}
    with house.database.write() as db:
        check_readers(db, new.readers)
        rows.add_dataset(db, dataset)
        write(db, actor, "dataset add", detail, now)
        return rows.find_dataset(db, new.name, new.version) or dataset
