"""A year of made-up ledger rows and the sums by day that go with them, made inside the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, insert, text

from hub.store.columns import EPOCH
from hub.store.database import Database
from hub.store.schema import groups, people

PEOPLE = 1000
GROUPS = 20
DAYS = 364
TICKS = 200
"""How many rows a lease leaves; the leases themselves are left out."""

LAST = date(2026, 11, 22)
"""The last of the days, a Sunday: the week to be asked for is full."""

FIRST = LAST - timedelta(days=DAYS - 1)
DAY_US = 86_400_000_000

SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :rows)",
    "postgresql": "WITH n(i) AS (SELECT generate_series(0::bigint, :rows - 1))",
}
DAY = {
    "sqlite": "date(:first, '+' || d || ' days')",
    "postgresql": "date :first + d::int",
}
ROWS = """
INSERT INTO ledger (at, day, kind, lease_id, seq, person_id, account, gpu_ms, actor, note)
{series}, r AS (
  SELECT i, 1 + (i * 7919) % {people} AS p, i * {days} / :rows AS d FROM n
)
SELECT {began} + d * {day_us} + i % 86400, {day}, 'charge', 1 + i / {ticks}, i % {ticks}, p,
  'group:g' || (p % {groups}), 20000 + i % 10000, '', '' FROM r
"""
SUMS = """
INSERT INTO day_sums (scope, day, settled_ms, held_ms, leases)
SELECT {scope}, day, sum(gpu_ms), 0, 0 FROM ledger GROUP BY {by}, day
"""
SCOPES = {"'user:p' || person_id": "person_id", "account": "account", "'site'": "1 + 0"}


def fill(database: Database, rows: int) -> None:
    """Put so many rows into an empty database, and their sums."""
    kind = database.engine.dialect.name
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with _careless(database) as db:
        db.execute(
            insert(people),
            [
                {"id": n, "name": f"p{n}", "uid": 200000 + n, "created_at": now}
                for n in range(1, PEOPLE + 1)
            ],
        )
        db.execute(insert(groups), [{"name": f"g{n}", "created_at": now} for n in range(GROUPS)])
        _fill_ledger(db, kind, rows)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text("ANALYZE"))


@contextmanager
def _careless(database: Database) -> Iterator[Connection]:
    """Write without caring for power cuts or foreign keys: what is measured comes afterwards."""
    if not database.sqlite:
        with database.write() as db:
            db.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield db
        return
    with database.engine.connect() as db:
        for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000"):
            db.exec_driver_sql(f"PRAGMA {pragma}")
        db.exec_driver_sql("BEGIN IMMEDIATE")
        yield db
        db.exec_driver_sql("COMMIT")
        db.invalidate()


def _fill_ledger(db: Connection, kind: str, rows: int) -> None:
    began = datetime.combine(FIRST, datetime.min.time(), UTC) - EPOCH
    day = DAY[kind].replace(":first", f"'{FIRST.isoformat()}'")
    query = ROWS.format(
        series=SERIES[kind],
        people=PEOPLE,
        days=DAYS,
        began=began // timedelta(microseconds=1),
        day_us=DAY_US,
        day=day,
        groups=GROUPS,
        ticks=TICKS,
    )
    db.execute(text(query), {"rows": rows})
    for scope, by in SCOPES.items():
        grouped = SUMS.format(scope=scope, by=by)
        if by == "1 + 0":
            grouped = grouped.replace("GROUP BY 1 + 0, day", "GROUP BY day")
        db.execute(text(grouped))
