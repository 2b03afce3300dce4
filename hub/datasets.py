"""Shared datasets: never changed once they are in, readable by the groups they are granted to."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from hub.dataset_copy import Report, no_report
from hub.dataset_places import alone, places_of
from hub.dataset_walk import shown
from hub.errors import BadValue, NotFound, Refused
from hub.house import House
from hub.policy.leases import Lease
from hub.policy.people import EVERYONE, Person
from hub.store import datasets as rows
from hub.store.audit import write
from hub.store.datasets import Dataset
from hub.store.leases import load_open
from hub.store.people import check_group, find_person

NAMED = 5


@dataclass(frozen=True)
class DatasetMount:
    """A dataset as it appears in a notebook, at /data/<kind>/<name>."""

    kind: str
    name: str
    folder: Path


def load_mounts(house: House, person: Person) -> list[DatasetMount]:
    """List what a person's servers find below /data, read-only.

    Of several versions of a name and kind the one added last wins, whatever its number. Reads the
    database only: it does not look whether the folder is there.
    """
    mine = {EVERYONE, *person.groups}
    with house.database.read() as db:
        granted = [d for d in rows.load_datasets(db) if mine.intersection(d.readers)]
    return [
        DatasetMount(d.kind, d.name, places_of(house).folder(d.name, d.version))
        for d in current_versions(granted)
    ]


def current_versions(datasets: Sequence[Dataset]) -> list[Dataset]:
    """Choose of each kind and name the version added last: the one that servers mount."""
    in_order = sorted(datasets, key=lambda d: (d.added_at, d.version))
    newest = {(d.kind, d.name): d for d in in_order}
    return [newest[key] for key in sorted(newest)]


def load_all(house: House) -> list[Dataset]:
    """Load every registered version, oldest of a name first."""
    with house.database.read() as db:
        return rows.load_datasets(db)


def load_dataset(house: House, name: str, version: str) -> Dataset:
    """Load one version; raises NotFound."""
    with house.database.read() as db:
        return _load(db, name, version)


def grant(
    house: House, name: str, readers: Sequence[str], actor: str, now: datetime
) -> list[Dataset]:
    """Let groups read every version of a dataset from their next start on; raises NotFound."""
    with house.database.write() as db:
        known = [d for d in rows.load_datasets(db) if d.name == name]
        if not known:
            raise NotFound(f"{shown(name)}: no such dataset is registered")
        check_readers(db, readers)
        fresh = sorted(set(readers).difference(known[0].readers))
        rows.grant_readers(db, name, fresh)
        if fresh:
            write(db, actor, "dataset grant", {"name": name, "readers": fresh}, now)
        return [d for d in rows.load_datasets(db) if d.name == name]


def remove(
    house: House, name: str, version: str, actor: str, now: datetime, report: Report = no_report
) -> Dataset:
    """Forget a version and delete its files.

    Refused while anybody who may read it has an open lease: their server may have it mounted.
    Raises NotFound or Refused, and then nothing was changed.
    """
    with alone(house) as places:
        dataset = load_dataset(house, name, version)
        places.begin()
        places.claim(name, version)
        with house.database.write() as db:
            _check_unused(db, _load(db, name, version))
            rows.remove_dataset(db, name, version)
            write(db, actor, "dataset remove", {"name": name, "version": version}, now)
        report("deleting", 0, dataset.size_bytes)
    return dataset


def load_holders(house: House, dataset: Dataset) -> list[Lease]:
    """List the open leases of people who may read a version: it is not removed meanwhile."""
    with house.database.read() as db:
        return _holders(db, dataset)


def read_manifest(house: House, dataset: Dataset) -> bytes:
    """Read the manifest beside a version as it was registered; raises NotFound or BadValue."""
    path = places_of(house).manifest(dataset.name, dataset.version)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise NotFound("the manifest is missing") from None
    if hashlib.sha256(content).hexdigest() != dataset.manifest_sha256:
        raise BadValue("the manifest was changed after it was registered")
    return content


def check_readers(db: Connection, readers: Sequence[str]) -> None:
    """Raise NotFound for a group there is none of; `everyone` is built in."""
    for group in readers:
        if group != EVERYONE:
            check_group(db, group)


def _load(db: Connection, name: str, version: str) -> Dataset:
    found = rows.find_dataset(db, name, version)
    if found is None:
        raise NotFound(f"{shown(name)} {shown(version)}: no such dataset is registered")
    return found


def _check_unused(db: Connection, dataset: Dataset) -> None:
    held = _holders(db, dataset)
    if held:
        named = ", ".join(f"{lease.id} of {lease.user}" for lease in held[:NAMED])
        more = f" and {len(held) - NAMED} more" if len(held) > NAMED else ""
        raise Refused(
            f"{dataset.name} {dataset.version} may be mounted in {len(held)} server(s) of people "
            f"who may read it (lease {named}{more}); stop them, then remove it"
        )


def _holders(db: Connection, dataset: Dataset) -> list[Lease]:
    return [lease for lease in load_open(db) if _may_read(db, lease, dataset)]


def _may_read(db: Connection, lease: Lease, dataset: Dataset) -> bool:
    person = find_person(db, lease.user)
    return person is not None and bool({EVERYONE, *person.groups}.intersection(dataset.readers))
