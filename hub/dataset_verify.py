"""Read a dataset's files again and compare them with its manifest; it repairs nothing."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.dataset_copy import Report, hash_entry, no_report
from hub.dataset_places import places_of
from hub.dataset_walk import LIST, shown, walk
from hub.datasets import load_all, read_manifest
from hub.errors import BadValue, NotFound
from hub.house import House
from hub.manifests import Manifest, parse_manifest
from hub.store.datasets import Dataset


@dataclass(frozen=True)
class Verdict:
    """What is wrong with one version; folders end in a slash."""

    dataset: Dataset
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    fault: str | None = None
    """Why the files could not be compared at all."""

    @property
    def ok(self) -> bool:
        return not (self.changed or self.missing or self.extra or self.fault)


@dataclass
class Tally:
    """Counts the bytes that were read, and tells."""

    stage: str
    done: int
    total: int
    report: Report

    def add(self, size_bytes: int) -> None:
        """Tell where we are, and count what is read next."""
        self.report(self.stage, self.done, self.total)
        self.done += size_bytes


def choose(house: House, name: str | None, version: str | None) -> list[Dataset]:
    """Give the versions meant by a name and version, or all; raises NotFound for none."""
    found = [d for d in load_all(house) if name in (None, d.name) and version in (None, d.version)]
    if name is not None and not found:
        asked = name if version is None else f"{name} {version}"
        raise NotFound(f"{shown(asked)}: no such dataset is registered")
    return found


def verify(house: House, datasets: Sequence[Dataset], report: Report = no_report) -> list[Verdict]:
    """Hash every file of these versions again."""
    total = sum(dataset.size_bytes for dataset in datasets)
    done = 0
    verdicts = []
    for dataset in datasets:
        so_far = Tally(f"{dataset.name} {dataset.version}", done, total, report)
        verdicts.append(_verify_one(house, dataset, so_far))
        done += dataset.size_bytes
    return verdicts


def _verify_one(house: House, dataset: Dataset, tally: Tally) -> Verdict:
    folder = places_of(house).folder(dataset.name, dataset.version)
    try:
        manifest = parse_manifest(read_manifest(house, dataset))
        return _compare(dataset, manifest, folder, tally)
    except (NotFound, BadValue) as problem:
        return Verdict(dataset, fault=str(problem))
    except OSError as error:
        where = f"{shown(os.fsdecode(error.filename))}: " if error.filename else ""
        return Verdict(dataset, fault=f"{where}{error.strerror}")


def _compare(dataset: Dataset, manifest: Manifest, folder: Path, tally: Tally) -> Verdict:
    wanted = {record.path: record for record in manifest.files}
    folders = set(manifest.folders)
    changed: list[str] = []
    extra: list[str] = []
    seen: set[str] = set()
    root = os.open(folder, LIST)
    try:
        for entry in walk(root):
            name = entry.path + ("/" if entry.is_folder else "")
            known = folders if entry.is_folder else wanted
            if entry.path not in known:
                extra.append(shown(name))
                continue
            seen.add(name)
            tally.add(entry.facts.st_size if entry.is_file else 0)
            if not entry.is_folder and not (
                entry.is_file and hash_entry(entry) == wanted[entry.path]
            ):
                changed.append(shown(name))
    finally:
        os.close(root)
    missing = sorted({*wanted, *(f"{path}/" for path in folders)} - seen)
    return Verdict(dataset, tuple(changed), tuple(shown(path) for path in missing), tuple(extra))
