"""Registered datasets and who may read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, select

from hub.errors import AlreadyExists, NotFound
from hub.store.schema import dataset_readers, datasets


@dataclass(frozen=True)
class Dataset:
    """One version of a shared dataset; immutable once registered."""

    name: str
    version: str
    kind: str
    files: int
    size_bytes: int
    manifest_sha256: str
    added_at: datetime
    readers: tuple[str, ...] = ()


def add_dataset(db: Connection, dataset: Dataset) -> None:
    """Register a version and let its readers in; raises AlreadyExists."""
    if find_dataset(db, dataset.name, dataset.version):
        raise AlreadyExists(f"{dataset.name} {dataset.version} is registered already")
    db.execute(
        insert(datasets).values(
            name=dataset.name,
            version=dataset.version,
            kind=dataset.kind,
            files=dataset.files,
            size_bytes=dataset.size_bytes,
            manifest_sha256=dataset.manifest_sha256,
            added_at=dataset.added_at,
        )
    )
    grant_readers(db, dataset.name, dataset.readers)


def grant_readers(db: Connection, name: str, readers: Iterable[str]) -> None:
    """Let groups read every version of a dataset."""
    known = set(_readers(db, name))
    for group in readers:
        if group not in known:
            db.execute(insert(dataset_readers).values(dataset=name, group_name=group))


def find_dataset(db: Connection, name: str, version: str) -> Dataset | None:
    """Load one version; None if there is none."""
    where = (datasets.c.name == name) & (datasets.c.version == version)
    row = db.execute(select(datasets).where(where)).first()
    return _dataset(db, row) if row else None


def load_datasets(db: Connection) -> list[Dataset]:
    """Load every version, oldest of a name first."""
    rows = db.execute(select(datasets).order_by(datasets.c.name, datasets.c.added_at)).all()
    return [_dataset(db, row) for row in rows]


def remove_dataset(db: Connection, name: str, version: str) -> None:
    """Forget a version, and with the last one who may read it; raises NotFound."""
    where = (datasets.c.name == name) & (datasets.c.version == version)
    if db.execute(delete(datasets).where(where)).rowcount != 1:
        raise NotFound(f"{name} {version}: no such dataset is registered")
    left = db.execute(select(datasets.c.version).where(datasets.c.name == name)).first()
    if left is None:
        db.execute(delete(dataset_readers).where(dataset_readers.c.dataset == name))


def _dataset(db: Connection, row: Row) -> Dataset:  # type: ignore[type-arg]  # any columns
    return Dataset(
        name=row.name,
        version=row.version,
        kind=row.kind,
        files=row.files,
        size_bytes=row.size_bytes,
        manifest_sha256=row.manifest_sha256,
        added_at=row.added_at,
        readers=_readers(db, row.name),
    )


def _readers(db: Connection, name: str) -> tuple[str, ...]:
    rows = db.execute(
        select(dataset_readers.c.group_name)
        .where(dataset_readers.c.dataset == name)
        .order_by(dataset_readers.c.group_name)
    )
    return tuple(rows.scalars())
