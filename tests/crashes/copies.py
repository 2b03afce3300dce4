"""A database that is put back to what it was at some moment, again and again."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hub.station import driver_url
from hub.store.database import sqlite_url
from tests.databases import Cluster
from tests.houses import copy_newest

EMPTY = "empty"
FURNISHED = "furnished"
COMPANIONS = ("-wal", "-shm")


class Copies(Protocol):
    """One database, and what is kept of it by name; nobody may be connected meanwhile."""

    @property
    def home(self) -> Path:
        """Give the home of the station it belongs to."""
        ...

    @property
    def url(self) -> str:
        """Give its address."""
        ...

    @property
    def kept(self) -> dict[str, object]:
        """Give what is kept."""
        ...

    def put(self, name: str) -> None:
        """Make the database what was kept by that name, or empty at the newest schema."""
        ...

    def keep(self, name: str) -> None:
        """Keep what it is now."""
        ...


@dataclass
class SqliteCopies:
    """Copies of a file."""

    home: Path
    kept: dict[str, object] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """Give the path of the database."""
        return self.home / "state" / "db" / "allotment.sqlite"

    @property
    def url(self) -> str:
        """Give its address."""
        return sqlite_url(str(self.file))

    def put(self, name: str) -> None:
        """Write the file anew, without what SQLite keeps beside it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        for companion in COMPANIONS:
            self.file.with_name(self.file.name + companion).unlink(missing_ok=True)
        content = self.kept.get(name)
        if isinstance(content, bytes):
            self.file.write_bytes(content)
        else:
            copy_newest(self.file)

    def keep(self, name: str) -> None:
        """Read the file."""
        self.kept[name] = self.file.read_bytes()


@dataclass
class ClusterCopies:
    """Copies of a database by PostgreSQL itself, as templates."""

    home: Path
    cluster: Cluster
    kept: dict[str, object] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Give its address."""
        return driver_url(self.cluster.url("scene"))

    def put(self, name: str) -> None:
        """Make the database anew from its template."""
        self.cluster.order("DROP DATABASE IF EXISTS scene WITH (FORCE)")
        made = self.cluster.create(str(self.kept.get(name, "")))
        self.cluster.order(f"ALTER DATABASE {made} RENAME TO scene")

    def keep(self, name: str) -> None:
        """Make it a template itself."""
        template = f"kept_{len(self.kept)}"
        self.cluster.order(f"ALTER DATABASE scene RENAME TO {template}")
        self.kept[name] = template
