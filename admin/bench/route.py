"""`bench route`: until a route is served, our proxy class against the stock one.

Both run a real Traefik of their own at the same time and take turns. A route counts as failed
when its first request, after the class said that it is served, is not answered with 200.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from admin.bench.contestants import Contestant, find_peer, start_ours
from hub.errors import AllotmentError

GOAL = 0.35
PRESENT = (0, 300)
AT_ONCE = (1, 50)
ROUNDS = 3
DATA = {"user": "bench", "server_name": ""}


@dataclass
class Series:
    """One side of one case: milliseconds round by round, and what went wrong."""

    ms: list[float] = field(default_factory=list)
    failures: int = 0
    longest_block_ms: float = 0.0


def run(peer: str = "stock", rounds: int = ROUNDS) -> dict[str, Any]:
    """Measure every case in one run; the ratio is of medians."""
    return asyncio.run(_run(peer, rounds))


def lines(document: dict[str, Any]) -> Iterator[str]:
    """Say the document in words, a line a case."""
    peer, rounds = document["peer"], document["rounds"]
    yield f"A route until it is served, ours against {peer}, medians of {rounds} rounds:"
    for case in document["cases"]:
        yield (
            f"{case['at_once']:>3} at once, {case['present']:>3} present: "
            f"{case['ours_ms']:.0f} ms against {case['peer_ms']:.0f} ms, ratio {case['ratio']:.3f}"
            f" (goal {document['goal']}), failures {case['ours_failures']} and "
            f"{case['peer_failures']}, event loop held at most {case['longest_block_ms']:.0f} ms"
        )


async def _run(peer: str, rounds: int) -> dict[str, Any]:
    start_peer = find_peer(peer)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="allotment-bench-")))
        target = await _start_target(stack)
        sides = []
        for name, start in (("ours", start_ours), ("peer", start_peer)):
            (folder / name).mkdir()
            side = await start(folder / name)
            stack.push_async_callback(side.stop)
            sides.append(side)
        names = count()
        cases: list[dict[str, Any]] = []
        for present in PRESENT:
            for side in sides:
                await _fill(side, target, present)
            sizes = [(present, at_once, rounds) for at_once in AT_ONCE]
            cases += [await _case(sides, target, names, size) for size in sizes]
    ok = all(c["ratio"] <= GOAL and not c["ours_failures"] for c in cases)
    return {
        "bench": "route",
        "peer": peer,
        "rounds": rounds,
        "goal": GOAL,
        "cases": cases,
        "ok": ok,
    }


async def _case(
    sides: list[Contestant], target: str, names: Iterator[int], size: tuple[int, int, int]
) -> dict[str, Any]:
    """Measure one case, the sides taking turns."""
    present, at_once, rounds = size
    ours, peer = Series(), Series()
    for _ in range(rounds):
        for side, series in zip(sides, (ours, peer), strict=True):
            specs = [f"/user/bench-{next(names)}/" for _ in range(at_once)]
            await _measure(side, series, target, specs)
            await asyncio.gather(*(side.proxy.delete_route(spec) for spec in specs))
    ours_ms, peer_ms = median(ours.ms), median(peer.ms)
    return {
        "present": present,
        "at_once": at_once,
        "ours_ms": round(ours_ms, 1),
        "peer_ms": round(peer_ms, 1),
        "ratio": round(ours_ms / peer_ms, 3),
        "ours_failures": ours.failures,
        "peer_failures": peer.failures,
        "longest_block_ms": round(ours.longest_block_ms, 1),
    }


async def _measure(side: Contestant, series: Series, target: str, specs: list[str]) -> None:
    """Add routes all at once, and ask for each when all are said to be served."""
    watch = asyncio.create_task(_watch_loop(series))
    began = time.perf_counter()
    try:
        await asyncio.gather(*(side.proxy.add_route(spec, target, DATA) for spec in specs))
    except (AllotmentError, OSError, TimeoutError):
        series.failures += 1
    series.ms.append((time.perf_counter() - began) * 1000)
    watch.cancel()
    for spec in specs:
        series.failures += not await side.answers(spec)


async def _watch_loop(series: Series) -> None:
    """Notice the longest time nobody else had a turn."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0)
        held = (time.perf_counter() - before) * 1000
        series.longest_block_ms = max(series.longest_block_ms, held)
        await asyncio.sleep(0.001)


async def _fill(side: Contestant, target: str, present: int) -> None:
    """Bring the table to so many routes."""
    there = len(await side.proxy.get_all_routes())
    specs = [f"/user/present-{number}/" for number in range(there, present)]
    await asyncio.gather(*(side.proxy.add_route(spec, target, DATA) for spec in specs))


async def _start_target(stack: AsyncExitStack) -> str:
    """Start what the routes lead to: a server that says 200 to everything."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline() not in (b"\r\n", b""):
            pass
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    await stack.enter_async_context(server)
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
