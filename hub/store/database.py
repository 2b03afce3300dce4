"""Our database: one engine a process, short reads, and one write at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text

from hub import crashes
from hub.errors import AllotmentError

ADMISSION_LOCK = 0x416C6C6F  # one advisory lock of PostgreSQL: writes that decide come one by one
BUSY_MS = 20_000
POOL, POOL_AT_ONCE = 5, 16
"""Connections of one process to PostgreSQL: all units together stay below its usual 100."""

CONNECT_S = 10
KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""Seconds after which a server that is gone without a word is known to be."""


class NoDriver(AllotmentError):
    """PostgreSQL's driver is missing: pip install 'psycopg[binary]' into the environment."""


class Database:
    """Reads and write transactions on SQLite (WAL) or PostgreSQL; safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = _make_engine(url)
        self.sqlite = self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the data."""
        with self.engine.connect() as connection:
            if self.sqlite:
                with _sqlite_transaction(connection, "BEGIN"):
                    yield connection
            else:
                stable = connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
                with stable.begin():
                    yield stable

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give the one write transaction of this moment; others wait their turn.

        No I/O but the database's own belongs inside.
        """
        with self._begun() as connection:
            crashes.here("write.begun")
            yield connection
            crashes.here("write.before-commit")
        crashes.here("write.after-commit")

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            if self.sqlite:
                with _sqlite_transaction(connection, "BEGIN IMMEDIATE"):
                    yield connection
            else:
                with connection.begin():
                    connection.execute(
                        text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADMISSION_LOCK}
                    )
                    yield connection

    def durability(self) -> dict[str, str]:
        """Read from a live connection what makes a commit survive a power cut."""
        with self.engine.connect() as connection:
            if self.sqlite:
                return {
                    "journal_mode": str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()),
                    "synchronous": str(connection.exec_driver_sql("PRAGMA synchronous").scalar()),
                }
            value = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
            return {"synchronous_commit": str(value)}

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


@contextmanager
def _sqlite_transaction(connection: Connection, begin: str) -> Iterator[None]:
    connection.exec_driver_sql(begin)
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def _make_engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return _make_postgresql(url)
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        max_overflow=40,
        connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _make_postgresql(url: str) -> Engine:
    """Make an engine whose connections are tried before use: a server may have come back since."""
    try:
        engine = create_engine(
            url,
            pool_size=POOL,
            max_overflow=POOL_AT_ONCE - POOL,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_S, **KEEPALIVES},
        )
    except ImportError:
        raise NoDriver from None
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Make commits durable whatever the role's defaults say, and let no waiting last for ever."""
    was, connection.autocommit = connection.autocommit, True
    connection.execute("SET synchronous_commit = on")
    connection.execute(f"SET lock_timeout = {BUSY_MS}")
    connection.autocommit = was


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def sqlite_url(path: str) -> str:
    """Give the address of a SQLite file."""
    return f"sqlite:///{path}"
