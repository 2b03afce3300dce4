"""What was used, read from the sums by day: few and many names, and never the days before."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from hub.store.database import Database
from hub.store.entries import add_to_day
from hub.store.usage import FEW, UsageRecord, load_usage
from tests.store.conftest import add

TODAY = date(2026, 11, 22)
HOUR_MS = 3_600_000


@pytest.mark.parametrize("people", [3, FEW + 1])
def test_few_and_many_are_told_alike(database: Database, people: int) -> None:
    names = [f"p{number:03}" for number in range(people)]
    with database.write() as db:
        for number, name in enumerate(names):
            add(db, name)
            add_to_day(db, f"user:{name}", TODAY - timedelta(days=1), settled_ms=HOUR_MS)
            add_to_day(db, f"user:{name}", TODAY, settled_ms=number, held_ms=7)
        add_to_day(db, "site", TODAY, settled_ms=1)
        add_to_day(db, "user:nobody-known", TODAY, settled_ms=1)
    with database.read() as db:
        today = load_usage(db, "user", TODAY)
        both = load_usage(db, "user", TODAY - timedelta(days=1))
    assert today == [UsageRecord(name, n, 7, 0) for n, name in enumerate(names)]
    assert both == [UsageRecord(name, HOUR_MS + n, 7, 0) for n, name in enumerate(names)]


def test_who_used_nothing_is_left_out(database: Database) -> None:
    with database.write() as db:
        add(db, "ann")
        add(db, "bob")
        add_to_day(db, "user:ann", TODAY, leases=1)
    with database.read() as db:
        assert load_usage(db, "user", TODAY) == [UsageRecord("ann", 0, 0, 1)]


def test_a_list_of_many_is_found_by_its_days(database: Database) -> None:
    asked = []
    with database.write() as db:
        for number in range(FEW + 1):
            add(db, f"p{number}")
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, words, values, *_: asked.append((words, values)),
    )
    with database.read() as db:
        load_usage(db, "user", TODAY)
        words, values = next(found for found in asked if "day_sums" in found[0])
        if database.sqlite:
            plan = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values).all()
            assert "ix_day_sums_day" in str(plan)
            return
        db.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = db.exec_driver_sql(f"EXPLAIN {words}", values).all()
        assert "ix_day_sums_day" in str(plan)
