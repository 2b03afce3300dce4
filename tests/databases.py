"""Empty databases at the newest schema, of every kind there is; a test asks for one of a kind."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

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

OWNER = "postgres"
"""The server refuses to run as root, so Debian's own user runs it where we are root."""

START_WITHIN_S = 60

UNSYNCED = "-c fsync=off -c full_page_writes=off"
"""Our tests kill those who write, never the machine; hundreds of databases are made the faster."""


@dataclass
class Cluster:
    """A PostgreSQL server of our own behind a socket in a folder."""

    folder: Path
    made: int = 0

    def url(self, name: str) -> str:
        """Give the address of one of its databases, as allotment.toml has it."""
        return f"postgresql://allotment@/{name}?host={self.folder}"

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
    folder = Path(tempfile.mkdtemp(prefix="allotment-pg-"))
    user = OWNER if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    made = [programs / "initdb", "-D", folder / "data", "-U", "allotment", "--auth=trust"]
    run([*made, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"], folder, user)
    control = [programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w"]
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' {UNSYNCED}"
    run([*control, "-t", str(START_WITHIN_S), "-o", options, "start"], folder, user)
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        cluster.dispose()
        run([*control, "-m", "immediate", "stop"], folder, user)
        shutil.rmtree(folder)


def run(command: list[str | Path], folder: Path, user: str | None) -> None:
    """Run one of the server's programs as its user, its output in a file of the folder."""
    with (folder / "programs.log").open("ab") as log:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            stdout=log,
            stderr=log,
            check=False,
        )
    if done.returncode:
        raise AssertionError((folder / "programs.log").read_text(errors="replace")[-2000:])


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
