"""`bench ledger`: "used this week" over a long ledger and a short one, against a plain sum.

Ours reads the sums by day; the peer adds up the rows themselves. Both give the same number.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from admin.bench import postgres
from admin.bench.ledger_rows import GROUPS, LAST, PEOPLE, fill
from admin.bench.visitor import BenchFailed
from hub.store.database import Database, sqlite_url
from hub.store.migrate import upgrade
from hub.store.usage import load_used

SHORT = 10_000
LONG = 10_000_000
ASKED = 3000
PEER_ASKED = 9
GOAL = 2.0
FIRST = LAST - timedelta(days=6)

OF = {
    "user": "person_id = :key",
    "group": "account = :key",
    "site": "1 = 1",
}
Key = tuple[str, str, object]
"""What is asked for: a kind of scope, the scope, and what the rows call it."""


def run(rows: int = LONG) -> dict[str, Any]:
    """Measure both lengths on every kind of database there is on this machine."""
    databases = {"sqlite": _measure(_sqlite, rows)}
    programs = postgres.find_programs()
    if programs is None:
        databases["postgresql"] = {"skipped": "there is no PostgreSQL on this machine"}
    else:
        databases["postgresql"] = _measure(lambda: postgres.server(programs), rows)
    ratios = [found["ratio"] for found in databases.values() if "ratio" in found]
    return {
        "bench": "ledger",
        "peer": "SELECT sum(gpu_ms)",
        "rows": [SHORT, rows],
        "databases": databases,
        "goal": GOAL,
        "ok": all(ratio <= GOAL for ratio in ratios),
    }


@contextmanager
def _sqlite() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="allotment-bench-"))
    try:
        yield sqlite_url(str(folder / "bench.sqlite"))
    finally:
        shutil.rmtree(folder)


def _measure(place: Callable[[], Any], rows: int) -> dict[str, Any]:
    """Give p50 and p99 in milliseconds at both lengths, asked in turn, and their ratios."""
    with _filled(place, SHORT) as short, _filled(place, rows) as long:
        times: dict[Database, list[float]] = {short: [], long: []}
        for key in _keys(ASKED):
            for database, series in times.items():
                series.append(_timed(database, _ours, key)[0])
        peers = _ask_peer(long)
    ours = {name: _summary(times[of]) for name, of in (("short", short), ("long", long))}
    return {
        **ours,
        "ratio": round(ours["long"]["p99_ms"] / ours["short"]["p99_ms"], 3),
        "ratio_p50": round(ours["long"]["p50_ms"] / ours["short"]["p50_ms"], 3),
        "peer_p50_ms": peers,
        "peer_over_ours": {of: round(ms / ours["long"]["p50_ms"], 1) for of, ms in peers.items()},
    }


@contextmanager
def _filled(place: Callable[[], Any], rows: int) -> Iterator[Database]:
    with place() as url:
        database = Database(url)
        try:
            upgrade(database)
            fill(database, rows)
            yield database
        finally:
            database.dispose()


def _ask_peer(database: Database) -> dict[str, float]:
    """Give the peer's p50 in milliseconds; raises BenchFailed when ours gives another number."""
    peers: dict[str, list[float]] = {of: [] for of in OF}
    for key in _keys(PEER_ASKED):
        seconds, used = _timed(database, _peer, key)
        if used != _timed(database, _ours, key)[1]:
            raise BenchFailed(f"the sums of {key[1]} are not those of its rows")
        peers[key[0]].append(seconds)
    return {of: _percentile(times, 50) for of, times in peers.items()}


def _summary(seconds: list[float]) -> dict[str, float]:
    return {"p50_ms": _percentile(seconds, 50), "p99_ms": _percentile(seconds, 99)}


def _keys(count: int) -> Iterator[Key]:
    """Ask for users, groups and the site in turn, each time another."""
    for n in range(count):
        person, group = 1 + n * 31 % PEOPLE, f"group:g{n % GROUPS}"
        yield (("user", f"user:p{person}", person), ("group", group, group), ("site", "site", ""))[
            n % 3
        ]


def _timed(
    database: Database, ask: Callable[[Connection, Key], int], key: Key
) -> tuple[float, int]:
    began = time.perf_counter()
    with database.read() as db:
        used = ask(db, key)
    return time.perf_counter() - began, used


def _ours(db: Connection, key: Key) -> int:
    return load_used(db, key[1], FIRST, LAST).settled_ms


def _peer(db: Connection, key: Key) -> int:
    query = f"SELECT sum(gpu_ms) FROM ledger WHERE {OF[key[0]]} AND day BETWEEN :first AND :last"  # noqa: S608 - our own words
    days = {"first": FIRST.isoformat(), "last": LAST.isoformat()}
    if db.dialect.name == "postgresql":
        query = query.replace(":first", "date(:first)").replace(":last", "date(:last)")
    keyed = {"key": key[2]} if ":key" in query else {}
    return int(db.execute(text(query), {**days, **keyed}).scalar() or 0)


def _percentile(seconds: list[float], percent: int) -> float:
    """Give a percentile in milliseconds."""
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1000, 4)
