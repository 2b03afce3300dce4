"""Empty databases at the newest schema, of every kind there is; a test asks for one of a kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from admin.bench.postgres import Server, server
from hub.settings import DatabaseSection, Settings
from hub.station import driver_url
from hub.store.database import Database, sqlite_url
from hub.store.migrate import upgrade
from tests.houses import copy_newest

KINDS = ("sqlite", "postgresql")
DURABLE = {
    "sqlite": {"journal_mode": "wal", "synchronous": "2"},
    "postgresql": {"synchronous_commit": "on"},
}
"""What `Database.durability` must say of a live connection."""

UNSYNCED = "-c fsync=off -c full_page_writes=off"
"""Our tests kill those who write, never the machine; hundreds of databases are made the faster."""


@dataclass
class Cluster:
    """The databases of one PostgreSQL server."""

    server: Server
    made: int = 0

    def url(self, name: str) -> str:
        """Give the address of one of its databases, as allotment.toml has it."""
        return self.server.url(name)

    def create(self, template: str = "") -> str:
        """Make a database like another, or an empty one at the newest schema; gives its name."""
        self.made += 1
        name = f"test_{self.made}"
        self.order(f"CREATE DATABASE {name} TEMPLATE {template or self._newest}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.order(f"DROP DATABASE {name} WITH (FORCE)")

    def dispose(self) -> None:
        """Let go of the server."""
        self._maintenance.dispose()

    def order(self, statement: str) -> None:
        """Carry out a statement that belongs to no transaction."""
        with self._maintenance.connect() as connection:
            connection.execute(text(statement))

    @cached_property
    def _newest(self) -> str:
        self.order("CREATE DATABASE newest")
        database = Database(driver_url(self.url("newest")))
        upgrade(database)
        database.dispose()
        return "newest"

    @cached_property
    def _maintenance(self) -> Engine:
        return create_engine(driver_url(self.url("postgres")), isolation_level="AUTOCOMMIT")


@contextmanager
def running_cluster(programs: Path) -> Iterator[Cluster]:
    """Run a PostgreSQL server in a temporary folder; `programs` is where its programs lie."""
    with server(programs, UNSYNCED) as running:
        cluster = Cluster(running)
        try:
            yield cluster
        finally:
            cluster.dispose()


def settings_on(url: str) -> Settings:
    """Give the default settings of a station whose database that is."""
    kept = "" if url.startswith("sqlite") else url
    return Settings(database=DatabaseSection(url=kept))


@contextmanager
def sqlite_database(folder: Path) -> Iterator[str]:
    """Make an empty SQLite database where a station of that home has it; gives its address."""
    file = folder / "state" / "db" / "allotment.sqlite"
    file.parent.mkdir(parents=True)
    copy_newest(file)
    yield sqlite_url(str(file))


@contextmanager
def postgresql_database(cluster: Cluster) -> Iterator[str]:
    """Make an empty PostgreSQL database at the newest schema; gives its address."""
    name = cluster.create()
    try:
        yield driver_url(cluster.url(name))
    finally:
        cluster.drop(name)
