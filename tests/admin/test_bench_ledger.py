"""`bench ledger` on a short ledger: what it says, not how fast."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from admin.bench import ledger
from admin.bench.ledger_rows import LAST, TAIL, Size, check, fill
from admin.bench.visitor import BenchFailed
from hub.store.database import Database

SMALL = Size(12_000, 14)


@pytest.fixture
def filled(database_url: str) -> Iterator[Database]:
    """A small ledger on every kind of database."""
    database = Database(database_url)
    fill(database, SMALL)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Run it small."""
    return dict(json.loads(json.dumps(ledger.run(rows=20_000, asked=9))))


def test_both_databases_are_asked_in_every_way_without_a_failure(document: dict[str, Any]) -> None:
    assert set(document["databases"]) == {"sqlite", "postgresql"}
    for found in document["databases"].values():
        assert set(found["asks"]) == {"user", "group", "site", "every user", "every group"}
        assert [told["failures"] for told in found["asks"].values()] == [0] * 5


def test_it_can_be_said_in_words(document: dict[str, Any]) -> None:
    assert len(list(ledger.lines(document))) == 2 * 7 + 1


def test_every_row_is_there_once_and_belongs_to_a_lease_and_a_person(filled: Database) -> None:
    query = (
        "SELECT count(*), count(DISTINCT ledger.id), max(day) FROM ledger JOIN leases"
        " ON leases.id = lease_id AND leases.person_id = ledger.person_id"
        " AND leases.account = ledger.account"
    )
    with filled.read() as db:
        rows, different, last = db.execute(text(query)).one()
    assert (rows, different, str(last)) == (SMALL.rows, SMALL.rows, LAST.isoformat())


def test_sums_that_are_not_the_rows_are_noticed(filled: Database) -> None:
    with filled.write() as db:
        db.execute(text("UPDATE day_sums SET settled_ms = settled_ms + 1 WHERE scope = 'user:p7'"))
    with pytest.raises(BenchFailed, match="user"):
        check(filled)


def test_the_last_rows_are_written_as_the_product_writes_them(filled: Database) -> None:
    with filled.read() as db:
        shares = db.execute(text("SELECT count(*) FROM fair_shares")).scalar()
    assert shares == TAIL


def test_filling_leaves_no_careless_connection_behind(filled: Database, tmp_path: Path) -> None:
    told = filled.durability()
    assert told.get("synchronous", "2") == "2"
    assert told.get("synchronous_commit", "on") == "on"
