"""The database itself: durable, one writer at a time, migrations that can be repeated."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import inspect

from hub.errors import NotFound
from hub.station import driver_url
from hub.store import people
from hub.store.audit import happened, write
from hub.store.database import Database
from hub.store.migrate import upgrade
from hub.store.schema import metadata
from tests.databases import DURABLE, Cluster
from tests.store.conftest import NOON, add


def test_a_commit_survives_a_power_cut(database: Database) -> None:
    assert database.durability() == DURABLE[database.engine.dialect.name]


def test_a_commit_survives_though_the_server_was_told_not_to_wait(postgresql: Cluster) -> None:
    name = postgresql.create()
    postgresql.order(f"ALTER DATABASE {name} SET synchronous_commit = off")
    careless = Database(driver_url(postgresql.url(name)))
    assert careless.durability() == DURABLE["postgresql"]
    careless.dispose()
    postgresql.drop(name)


def test_migrations_make_what_the_tables_say_and_twice_is_harmless(database: Database) -> None:
    for _ in range(2):
        upgrade(database)
    inspector = inspect(database.engine)
    for table in metadata.sorted_tables:
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        assert columns == {column.name for column in table.columns}, table.name


def test_a_reader_is_not_kept_waiting_by_a_writer(database: Database) -> None:
    with database.write() as db:
        add(db, "ann")
        with database.read() as other:
            assert other.exec_driver_sql("SELECT count(*) FROM people").scalar() == 0


def test_writers_come_one_by_one(database: Database) -> None:
    inside = 0
    most = 0

    def claim(number: int) -> None:
        nonlocal inside, most
        with database.write() as db:
            inside += 1
            most = max(most, inside)
            add(db, f"person-{number}")
            inside -= 1

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as db:
        assert db.exec_driver_sql("SELECT count(DISTINCT uid) FROM people").scalar() == 20
    assert most == 1


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 22)  # noqa: DTZ001 - the point of the test
    with pytest.raises(Exception, match="without a zone"), database.write() as db:
        write(db, "test", "nothing", {}, naive)


def test_an_audit_row_goes_with_its_change_or_not_at_all(database: Database) -> None:
    def disable_nobody() -> None:
        with database.write() as db:
            write(db, "test", "user disable", {"name": "ghost"}, NOON)
            people.set_disabled(db, "ghost", disabled=True)

    with pytest.raises(NotFound):
        disable_nobody()
    with database.read() as db:
        assert happened(db, "user disable") is False
