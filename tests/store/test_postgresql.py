"""What PostgreSQL is relied on for: the one lock, durable commits, and coming back by itself."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from admin.bench.postgres import Server, server
from admin.setup import needs
from admin.setup.programs import Runner
from hub.station import driver_url
from hub.store.database import ADMISSION_LOCK, Database
from hub.store.migrate import upgrade
from tests.databases import DURABLE, Cluster
from tests.store.conftest import add

LOCKS = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key")
NAMES = text("SELECT name FROM people ORDER BY name")


@pytest.fixture
def database(postgresql: Cluster) -> Iterator[Database]:
    """An empty database on the session's server."""
    name = postgresql.create()
    made = Database(driver_url(postgresql.url(name)))
    yield made
    made.dispose()
    postgresql.drop(name)


@pytest.fixture(scope="module")
def falling(set_up_log: Runner) -> Iterator[Server]:
    """A server of its own, which a test may halt; it keeps what was committed."""
    with server(needs.ensure_postgresql(set_up_log)) as running:
        yield running


@pytest.fixture
def standing(falling: Server) -> Iterator[Database]:
    """The database of that server, with two connections that were used before."""
    made = Database(driver_url(falling.url()))
    upgrade(made)
    with made.read(), made.read():
        pass
    yield made
    with made.write() as db:
        db.execute(text("DELETE FROM people"))
    made.dispose()


def locks(database: Database) -> int:
    with database.read() as db:
        return int(db.execute(LOCKS, {"key": ADMISSION_LOCK}).scalar_one())


def names(database: Database) -> list[str]:
    with database.read() as db:
        return list(db.execute(NAMES).scalars())


def test_every_write_holds_the_one_lock_until_it_is_committed(database: Database) -> None:
    assert locks(database) == 0
    with database.write():
        assert locks(database) == 1
    assert locks(database) == 0


def test_a_write_that_fails_gives_the_lock_back(database: Database) -> None:
    def fail() -> None:
        with database.write() as db:
            add(db, "ann")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert locks(database) == 0
    assert names(database) == []


def test_a_read_sees_one_state_and_can_not_write(database: Database) -> None:
    with database.read() as db:
        assert db.execute(NAMES).all() == []
        with database.write() as other:
            add(other, "ann")
        assert db.execute(NAMES).all() == []
    with pytest.raises(Exception, match="read-only"), database.read() as db:
        add(db, "bob")


def test_a_server_that_came_back_is_used_by_who_never_stopped(
    standing: Database, falling: Server
) -> None:
    with standing.write() as db:
        add(db, "ann")
    falling.halt()
    with pytest.raises(OperationalError), standing.read():
        pass
    falling.begin()
    assert names(standing) == ["ann"]
    with standing.write() as db:
        add(db, "bob")
    assert standing.durability() == DURABLE["postgresql"]


def test_a_server_that_came_back_unnoticed_fails_nobody(
    standing: Database, falling: Server
) -> None:
    falling.halt()
    falling.begin()
    assert names(standing) == []


def test_what_was_not_committed_when_the_server_fell_is_not_there_and_holds_nobody(
    standing: Database, falling: Server
) -> None:
    def fall() -> None:
        with standing.write() as db:
            add(db, "ann")
            falling.halt()

    with pytest.raises(OperationalError):
        fall()
    falling.begin()
    assert (names(standing), locks(standing)) == ([], 0)
    with standing.write() as db:
        add(db, "bob")
    assert names(standing) == ["bob"]
