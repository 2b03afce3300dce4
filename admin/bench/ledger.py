"""`bench ledger`: "used this week" over a long ledger and a short one, against a plain sum.

Asked as `usage` and a start ask: both read the sums by day. The peer adds up the rows themselves.
The same people work in the week that is asked for; the long ledger goes back up to a year.
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
from sqlalchemy.exc import SQLAlchemyError

from admin.bench import postgres
from admin.bench.ledger_rows import GROUPS, LAST, PEOPLE, Size, fill
from admin.bench.visitor import BenchFailed
from admin.setup import needs
from admin.setup.failure import SetupFailed
from admin.setup.programs import Runner
from hub.station import driver_url
from hub.store.database import Database, sqlite_url
from hub.store.entries import load_sums
from hub.store.migrate import upgrade
from hub.store.usage import load_usage

SHORT = Size(10_000, 7)
LONG = 10_000_000
MOST_DAYS = 364
ASKED = 1000
PEER_ASKED = 6
GOAL = 2.0
FIRST = LAST - timedelta(days=6)

PG_OPTIONS = "-c max_wal_size=4GB"
"""Fewer checkpoints while rows are loaded."""

Ask = Callable[[Connection, int], int]
"""Reads what was used in the week, each time for another; gives GPU-milliseconds."""


def run(rows: int = LONG, asked: int = ASKED) -> dict[str, Any]:
    """Measure both lengths on every kind of database there is on this machine."""
    long = Size(rows, min(MOST_DAYS, rows * SHORT.days // SHORT.rows))
    databases = {"sqlite": _measure(_sqlite, long, asked)}
    try:
        programs = _find_programs()
        databases["postgresql"] = _measure(lambda: _postgresql(programs), long, asked)
    except SetupFailed as problem:
        databases["postgresql"] = {"skipped": str(problem), "ok": True}
    return {
        "bench": "ledger",
        "peer": "SELECT sum(gpu_ms)",
        "rows": [SHORT.rows, rows],
        "databases": databases,
        "goal": GOAL,
        "ok": all(found["ok"] for found in databases.values()),
    }


def lines(result: dict[str, Any]) -> Iterator[str]:
    """Say it for people."""
    short, long = result["rows"]
    for name, found in result["databases"].items():
        if "skipped" in found:
            yield f"{name}: skipped, {found['skipped']}"
            continue
        yield f"{name}: {short} and {long} rows, filled in {found['fill_s']} s"
        for ask, told in found["asks"].items():
            yield (
                f"  {ask:<12} p50 {told['short']['p50_ms']} and {told['long']['p50_ms']} ms, "
                f"p99 {told['short']['p99_ms']} and {told['long']['p99_ms']} ms, "
                f"ratio {told['ratio_p50']} and {told['ratio']}, {told['failures']} failures"
            )
        yield f"  a plain sum takes so many times as long: {found['peer_over_ours']}"
    yield f"goal: p99 within {result['goal']} times: {'met' if result['ok'] else 'NOT met'}"


def _find_programs() -> Path:
    with tempfile.TemporaryDirectory(prefix="allotment-bench-") as scratch:
        return needs.ensure_postgresql(Runner(Path(scratch) / "set-up.log"))


@contextmanager
def _sqlite() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="allotment-bench-"))
    try:
        yield sqlite_url(str(folder / "bench.sqlite"))
    finally:
        shutil.rmtree(folder)


@contextmanager
def _postgresql(programs: Path) -> Iterator[str]:
    with postgres.server(programs, PG_OPTIONS) as running:
        yield driver_url(running.url())


def _measure(place: Callable[[], Any], size: Size, asked: int) -> dict[str, Any]:
    """Give for each way to ask the times at both lengths, asked in turn, and their ratios."""
    began = time.perf_counter()
    with _filled(place, SHORT) as short, _filled(place, size) as long:
        filled_s = time.perf_counter() - began
        asks = {name: _compare(ask, (short, long), asked) for name, ask in ASKS.items()}
        peers = {name: _ask_peer(long, name) for name in PEERS}
    ours = {name: asks[name]["long"]["p50_ms"] for name in PEERS}
    return {
        "fill_s": round(filled_s),
        "asks": asks,
        "peer_p50_ms": peers,
        "peer_over_ours": {name: round(peers[name] / ours[name], 1) for name in PEERS},
        "ok": all(told["ratio"] <= GOAL and not told["failures"] for told in asks.values()),
    }


@contextmanager
def _filled(place: Callable[[], Any], size: Size) -> Iterator[Database]:
    with place() as url:
        database = Database(url)
        try:
            upgrade(database)
            fill(database, size)
            yield database
        finally:
            database.dispose()


def _compare(ask: Ask, databases: tuple[Database, Database], asked: int) -> dict[str, Any]:
    """Ask both in turn; an error or an answer of nothing is a failure and no time."""
    series: tuple[list[float], list[float]] = ([], [])
    failures = 0
    for number in range(asked):
        for database, seconds in zip(databases, series, strict=True):
            began = time.perf_counter()
            try:
                used = _read(database, ask, number)
            except SQLAlchemyError:
                used = 0
            took = time.perf_counter() - began
            if used:
                seconds.append(took)
            else:
                failures += 1
    if not all(series):
        raise BenchFailed("nothing was answered")
    short, long = (_summary(seconds) for seconds in series)
    return {
        "short": short,
        "long": long,
        "ratio_p50": round(long["p50_ms"] / short["p50_ms"], 3),
        "ratio": round(long["p99_ms"] / short["p99_ms"], 3),
        "failures": failures,
    }


def _ask_peer(database: Database, name: str) -> float:
    """Give the peer's p50 in milliseconds; raises BenchFailed when ours gives another number."""
    times = []
    for number in range(PEER_ASKED):
        began = time.perf_counter()
        used = _read(database, PEERS[name], number)
        times.append(time.perf_counter() - began)
        if used != _read(database, ASKS[name], number):
            raise BenchFailed(f"what {name} used is not what the rows come to")
    return _percentile(times, 50)


def _read(database: Database, ask: Ask, number: int) -> int:
    with database.read() as db:
        return ask(db, number)


def _person(number: int) -> int:
    return 1 + number * 31 % PEOPLE


def _of(scope: Callable[[int], str]) -> Ask:
    """Read one scope's week, as a start reads its budgets."""

    def ask(db: Connection, number: int) -> int:
        found = load_sums(db, [scope(number)], FIRST, LAST)
        return sum(day.settled_ms for day in found.values())

    return ask


def _listed(by: Any) -> Ask:
    """Read everybody's week, as `usage` lists it."""
    return lambda db, _: sum(record.gpu_ms for record in load_usage(db, by, FIRST))


ASKS: dict[str, Ask] = {
    "user": _of(lambda number: f"user:p{_person(number)}"),
    "group": _of(lambda number: f"group:g{number % GROUPS}"),
    "site": _of(lambda _: "site"),
    "every user": _listed("user"),
    "every group": _listed("group"),
}


def _sum_rows(where: str, key: Callable[[int], object]) -> Ask:
    """Add up the week's rows themselves."""
    query = text(
        f"SELECT sum(gpu_ms) FROM ledger WHERE {where} AND day BETWEEN '{FIRST}' AND '{LAST}'"  # noqa: S608 - our own words
    )
    return lambda db, number: int(
        db.execute(query, {"key": key(number)} if ":key" in where else {}).scalar() or 0
    )


PEERS: dict[str, Ask] = {
    "user": _sum_rows("person_id = :key", _person),
    "group": _sum_rows("account = :key", lambda number: f"group:g{number % GROUPS}"),
    "site": _sum_rows("1 = 1", lambda _: None),
}


def _summary(seconds: list[float]) -> dict[str, float]:
    return {"p50_ms": _percentile(seconds, 50), "p99_ms": _percentile(seconds, 99)}


def _percentile(seconds: list[float], percent: int) -> float:
    """Give a percentile in milliseconds."""
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1000, 4)
