"""Made-up ledgers of many rows: the bulk made inside the database, the end as the product writes.

Everybody runs one server after the other, all of them are charged in turn, and the sums by day go
with the rows. Leases are there, closed; what they held is left out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, insert, text

from admin.bench.visitor import BenchFailed
from hub.policy.leases import State
from hub.store.columns import EPOCH
from hub.store.database import Database
from hub.store.entries import CHARGE, Entry, write_entry
from hub.store.schema import groups, leases, people

PEOPLE = 1000
GROUPS = 20
TICKS = 200
"""How many rows a lease leaves."""

TAIL = PEOPLE // 2
"""How many of the last rows are written one by one, as a charge is."""

LAST = date(2026, 11, 22)
"""The last of the days, a Sunday: the week to be asked for is full."""

CHUNK = 500_000
"""Rows of one transaction: what is not yet on disk stays small."""

CARELESS = {
    "sqlite": (
        "PRAGMA synchronous=OFF",
        "PRAGMA foreign_keys=OFF",
        "PRAGMA cache_size=-400000",
    ),
    "postgresql": ("SET session_replication_role = replica", "SET synchronous_commit = off"),
}

DAY_S = 86_400
LEAST_MS, SPREAD_MS = 20_000, 10_000

SERIES = {
    "sqlite": "RECURSIVE n(i) AS (SELECT :low UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :high)",
    "postgresql": "n(i) AS (SELECT generate_series(cast(:low AS bigint), :high - 1))",
}
DAY = {
    "sqlite": "date('{first}', '+' || (i * {days} / {rows}) || ' days')",
    "postgresql": "date '{first}' + (i * {days} / {rows})::int",
}
ROWS = """
INSERT INTO ledger (at, day, kind, lease_id, seq, person_id, account, gpu_ms, actor, note)
WITH {series}
SELECT {began} + i * {days} * {day_s} / {rows} * 1000000, {day}, 'charge',
  i / {people} / {ticks} * {people} + i % {people} + 1, i / {people} % {ticks} + 1,
  i % {people} + 1, 'group:g' || ((i % {people} + 1) % {groups}),
  {least} + i % {spread}, '', '' FROM n
"""
SUMS = """
INSERT INTO day_sums (scope, day, settled_ms, held_ms, leases)
SELECT scope, day, settled_ms, 0, 0 FROM (
  SELECT 'user:p' || person_id AS scope, day, sum(gpu_ms) AS settled_ms
    FROM ledger GROUP BY person_id, day
  UNION ALL SELECT account, day, sum(gpu_ms) FROM ledger GROUP BY account, day
  UNION ALL SELECT 'site', day, sum(gpu_ms) FROM ledger GROUP BY day
) AS sums ORDER BY day
"""
"""In the order of days, as they come to be."""

KINDS = ("user:%", "group:%", "site")


@dataclass(frozen=True)
class Size:
    """So many rows over so many days, the last of them `LAST`."""

    rows: int
    days: int

    @property
    def first(self) -> date:
        """Give the first of its days."""
        return LAST - timedelta(days=self.days - 1)

    @property
    def began(self) -> datetime:
        """Give its first moment."""
        return datetime.combine(self.first, datetime.min.time(), UTC)


def fill(database: Database, size: Size) -> None:
    """Put a ledger into an empty database; raises BenchFailed when its sums are not its rows'."""
    bulk = size.rows - TAIL
    with _careless(database) as db:
        _fill_people(db, size)
        db.commit()
        for low in range(0, bulk, CHUNK):
            _fill_rows(db, size, low, min(low + CHUNK, bulk))
            db.commit()
        db.execute(text(SUMS))
        db.commit()
    with database.write() as db:
        for number in range(bulk, size.rows):
            write_entry(db, *_charge(size, number))
    check(database)
    _tidy(database)


def check(database: Database) -> None:
    """See that the rows come to what the sums of every kind come to; raises BenchFailed."""
    with database.read() as db:
        written = db.execute(text("SELECT sum(gpu_ms) FROM ledger")).scalar()
        for kind in KINDS:
            query = text("SELECT sum(settled_ms) FROM day_sums WHERE scope LIKE :kind")
            summed = db.execute(query, {"kind": kind}).scalar()
            if summed != written:
                raise BenchFailed(f"rows come to {written}, the sums of {kind} to {summed}")


@contextmanager
def _careless(database: Database) -> Iterator[Connection]:
    """Write without caring for power cuts or foreign keys: what is measured comes afterwards."""
    level = {"isolation_level": "SERIALIZABLE"} if database.sqlite else {}
    with database.engine.connect().execution_options(**level) as db:
        for order in CARELESS[database.engine.dialect.name]:
            db.exec_driver_sql(order)
        db.commit()
        yield db
        db.invalidate()  # nobody else gets a connection that cares so little


def _tidy(database: Database) -> None:
    """Do what the database does by itself in time: what is measured is not its catching up."""
    orders = ["VACUUM ANALYZE", "CHECKPOINT"]
    if database.sqlite:
        orders = ["PRAGMA wal_checkpoint(TRUNCATE)"]
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        for order in orders:
            db.exec_driver_sql(order)


def _fill_people(db: Connection, size: Size) -> None:
    at = size.began
    everybody = [
        {"id": n, "name": f"p{n}", "uid": 200_000 + n, "created_at": at}
        for n in range(1, PEOPLE + 1)
    ]
    db.execute(insert(people), everybody)
    db.execute(insert(groups), [{"name": f"g{n}", "created_at": at} for n in range(GROUPS)])
    rounds = -(-size.rows // PEOPLE)
    for turn in range(-(-rounds // TICKS)):
        first = turn * PEOPLE + 1
        db.execute(insert(leases), [_lease(first + n, n + 1, at) for n in range(PEOPLE)])


def _lease(number: int, person: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "person_id": person,
        "server": "",
        "account": _account(person),
        "profile": "notebook",
        "state": State.CLOSED.value,
        "node": "local",
        "share": Fraction(1),
        "parts": 100,
        "cpus": Fraction(2),
        "memory_mib": 4096,
        "duration": timedelta(hours=4),
        "opened_at": at,
        "closed_at": at,
    }


def _fill_rows(db: Connection, size: Size, low: int, high: int) -> None:
    kind = db.dialect.name
    day = DAY[kind].format(first=size.first.isoformat(), days=size.days, rows=size.rows)
    query = ROWS.format(
        series=SERIES[kind],
        day=day,
        began=(size.began - EPOCH) // timedelta(microseconds=1),
        days=size.days,
        rows=size.rows,
        day_s=DAY_S,
        people=PEOPLE,
        groups=GROUPS,
        ticks=TICKS,
        least=LEAST_MS,
        spread=SPREAD_MS,
    )
    db.execute(text(query.replace("::", "\\:\\:")), {"low": low, "high": high})


def _charge(size: Size, number: int) -> tuple[Entry, datetime]:
    """Give one row as the product would write it, by the same reckoning as the bulk's."""
    turn, person = number // PEOPLE, number % PEOPLE + 1
    seconds = number * size.days * DAY_S // size.rows
    return (
        Entry(
            CHARGE,
            size.first + timedelta(days=seconds // DAY_S),
            LEAST_MS + number % SPREAD_MS,
            _account(person),
            (person, f"p{person}"),
            turn // TICKS * PEOPLE + person,
            turn % TICKS + 1,
        ),
        size.began + timedelta(seconds=seconds),
    )


def _account(person: int) -> str:
    return f"group:g{person % GROUPS}"
