"""`bench policy`: how fast it decides on a large station, and how well it serves a full one.

Nothing here has a peer to run: goals are times, and the waits are told over FIFO's and an oracle's.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from datetime import timedelta
from fractions import Fraction
from statistics import median
from typing import Any

from admin.bench.crowd import NOW, Size, crowded
from hub import leasing
from hub.collector import settle
from hub.house import House
from hub.leasing import Ask
from hub.policy.admission import decide, hindrances
from hub.policy.ceilings import GPUS, LEASE_HOURS, SERVERS, Quota
from hub.policy.forecast import forecast
from hub.policy.gpus import Gpu
from hub.policy.leases import Lease
from hub.policy.reasons import Reason
from hub.policy.requests import SpawnRequest
from hub.policy.tickets import Ticket
from hub.simulation.comparing import compare
from hub.simulation.foretelling import Foreteller, hold
from hub.simulation.generator import Recipe, generate
from hub.simulation.jobs import Job
from hub.simulation.metrics import percentile
from hub.simulation.ours import Ours, Policy
from hub.simulation.world import play
from hub.store import people
from hub.store.floor import load_floor
from hub.store.snapshot import see

DECISION_MS, REQUEST_MS, STARTS_S, FORECAST_S = 2.0, 25.0, 60.0, 1.0
MEAN_TO_FIFO, WORST_TO_FIFO = 0.6, 1.25
SEEDS = (1, 2, 3)
STARTS = 100_000
JOBS = 3000
PIECE = 2500
ROUNDS = 500
FORETOLD_EVERY = 5
"""One in so many of those who wait is told when they start; each takes tenths of a second."""
INSIDE = 0.9
REQUESTS = 200
GPUS_TRACED, PER_NODE = 8, 8

OPEN: dict[tuple[str, str], Quota] = {
    ("site", GPUS): Quota(Fraction(1000)),
    ("site", SERVERS): Quota(Fraction(1000)),
    ("site", LEASE_HOURS): Quota(Fraction(24)),
}
"""Quotas so wide that nobody of the generator is refused: who waits for whom is all there is."""

Series = list[float]


def run(starts: int = STARTS, size: Size | None = None, jobs: int = JOBS) -> dict[str, Any]:
    """Measure it all; only the simulated starts take more than one core."""
    size = size or Size()
    with crowded(size) as house:
        settle()
        decisions = _decisions(house, worked_out=True)
        firsts = _decisions(house, worked_out=False)
        foretold = _forecast(house)
        requests, granted = _requests(house, size)
    with ProcessPoolExecutor(_cores()) as pool:
        traces = list(pool.map(_trace, SEEDS, [jobs] * len(SEEDS)))
    took, cores = _starts(starts)
    found: dict[str, Any] = {
        "bench": "policy",
        "size": {"gpus": size.gpus, "people": size.people, "waiting": size.waiting},
        "decision": _summary(decisions, DECISION_MS),
        "first_decision": _summary(firsts, DECISION_MS),
        "request_to_lease": _summary(requests, REQUEST_MS) | {"leases": granted},
        "forecast": {"seconds": round(foretold, 3), "goal": FORECAST_S},
        "simulated": {
            "starts": starts,
            "processes": cores,
            "seconds": round(took, 1),
            "goal": STARTS_S,
        },
        "traces": traces,
    }
    fast = (
        found["decision"]["ok"]
        and found["request_to_lease"]["ok"]
        and took <= STARTS_S * starts / STARTS
    )
    return found | {"ok": fast and all(trace["ok"] for trace in traces)}


def lines(document: dict[str, Any]) -> Iterator[str]:
    """Say the document in words."""
    size = document["size"]
    yield "{gpus} GPUs, {people} people, {waiting} waiting:".format(**size)
    for key, what in (
        ("decision", "one decision"),
        ("first_decision", "the first on a reading"),
        ("request_to_lease", "request to open lease"),
    ):
        one = document[key]
        yield (
            f"  {what}: median {one['p50_ms']} ms, 99% within {one['p99_ms']} ms "
            f"(goal {one['goal_ms']})"
        )
    yield "  a forecast of all who wait: {seconds} s (goal {goal})".format(**document["forecast"])
    yield "{starts} simulated starts on {processes} cores: {seconds} s (goal {goal})".format(
        **document["simulated"]
    )
    for trace in document["traces"]:
        yield (
            f"trace of seed {trace['seed']}: mean wait {trace['mean_to_fifo']} of FIFO's (goal "
            f"{MEAN_TO_FIFO}), worst {trace['worst_to_fifo']} (goal {WORST_TO_FIFO}), mean "
            f"{trace['mean_to_oracle']} times the oracle's"
        )
        yield "  {inside} of {told} starts within what was told (goal {goal}); ".format(
            **trace["forecast"], goal=INSIDE
        ) + (
            "median width {width_min} min, less half the wait and 15 min {over_min} (goal 0)"
            ", of the medians {over_median_min}".format(**trace["forecast"])
        )


def _decisions(house: House, worked_out: bool) -> Series:
    """Time decisions of many people over one reading of the station.

    What a reading works out once for all decisions (above all the order of those who wait, and what
    they ask for) is there already, or else is part of each decision. What is free and who holds it
    is carried over from reading to reading, and is there.
    """
    with house.database.read() as db:
        asking = [people.load_person(db, f"user-{n}") for n in range(1, 51)]
        floor = load_floor(db, house.terms, NOW)
        snapshots = [see(db, floor, person, "?", house.terms) for person in asking]
        owners = {q.ticket.user: people.load_person(db, q.ticket.user) for q in floor.queue}
    shares = (Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(2))
    seen = [snapshots[number % len(snapshots)] for number in range(ROUNDS)]
    if not worked_out:
        seen = [replace(snapshot, floor=replace(floor)) for snapshot in seen]

    def once(number: int) -> None:
        snapshot = seen[number]

        def judge(ticket: Ticket) -> tuple[Reason, ...]:
            person = owners[ticket.user]
            return hindrances(ticket, replace(snapshot, person=person, server=ticket.server))

        wish = SpawnRequest(
            gpus=shares[number % 4], duration=timedelta(hours=1 + number % 8), if_busy="wait"
        )
        decide(wish, snapshot, judge)

    if worked_out:
        once(0)
    return _timed(once, ROUNDS)


def _requests(house: House, size: Size) -> tuple[Series, int]:
    """Time requests that get a lease, the whole transaction, one after the other."""
    granted: list[bool] = []

    def once(number: int) -> None:
        wish = SpawnRequest(gpus=Fraction(1, 4), duration=timedelta(hours=1), if_busy="wait")
        ask = Ask(f"user-{size.people - number}", "bench", wish)
        granted.append(isinstance(leasing.request(house, ask, NOW), Lease))

    return _timed(once, min(REQUESTS, size.gpus // 4)), sum(granted)


def _forecast(house: House) -> float:
    with house.database.read() as db:
        floor = load_floor(db, house.terms, NOW)
    began = time.perf_counter()
    forecast(floor, lambda _: ())
    return time.perf_counter() - began


def _trace(seed: int, count: int) -> dict[str, Any]:
    jobs = generate(Recipe(seed=seed, jobs=count, gpus=GPUS_TRACED))
    found = compare(jobs, _gpus(), {"ours": Policy(OPEN)}).as_json()
    ours = next(row for row in found["rules"] if row["rule"] == "ours")
    ok = (ours["mean_to_fifo"] or 0) <= MEAN_TO_FIFO and (
        ours["worst_to_fifo"] or 0
    ) <= WORST_TO_FIFO
    ratios = {key: ours[key] for key in ("mean_to_fifo", "worst_to_fifo", "mean_to_oracle")}
    told = _told(jobs)
    return {"seed": seed, **ratios, "forecast": told, "ok": ok, **found}


def _told(jobs: Sequence[Job]) -> dict[str, Any]:
    """Tell whoever has to wait when they will start, and say how that held."""
    rule = Foreteller(Policy(OPEN), _gpus(), FORETOLD_EVERY)
    held = asdict(hold(play(jobs, _gpus(), rule), rule.told))
    found = {key: round(value, 3) for key, value in held.items()}
    return found | {"ok": held["inside"] >= INSIDE and held["over_min"] <= 0}


def _starts(count: int) -> tuple[float, int]:
    """Play traces of that many jobs together, one on each core at a time; gives the time and cores.

    Each is as long as those compared, so that as many wait as on a station of that load.
    """
    cores = _cores()
    sizes = [PIECE] * (count // PIECE) + ([count % PIECE] if count % PIECE else [])
    began = time.perf_counter()
    with ProcessPoolExecutor(cores) as pool:
        started = sum(pool.map(_play_one, range(1, len(sizes) + 1), sizes))
    return (time.perf_counter() - began) * count / max(started, 1), cores


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _play_one(seed: int, jobs: int) -> int:
    rule = Ours(Policy(OPEN), _gpus())
    return len(play(generate(Recipe(seed=seed, jobs=jobs, gpus=GPUS_TRACED)), _gpus(), rule).runs)


def _timed(once: Callable[[int], None], rounds: int) -> Series:
    series = []
    for number in range(rounds):
        began = time.perf_counter()
        once(number)
        series.append(time.perf_counter() - began)
    return series


def _summary(series: Sequence[float], goal_ms: float) -> dict[str, Any]:
    p99 = percentile(series, 99) * 1000
    return {
        "rounds": len(series),
        "p50_ms": round(median(series) * 1000, 2),
        "p99_ms": round(p99, 2),
        "goal_ms": goal_ms,
        "ok": p99 <= goal_ms,
    }


def _gpus() -> tuple[Gpu, ...]:
    return tuple(
        Gpu(f"GPU-{n:03}", "Traced GPU", f"node-{n // PER_NODE}", "Traced GPU", 81_920, 4)
        for n in range(GPUS_TRACED)
    )
