"""`bench start`: click to the notebook page, against `docker run` of the same container.

Ours is timed from the request for a server to the page's first 200 through the proxy; the peer
from `docker run` to its server's first 200. The two alternate in one run.
"""

import asyncio
import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

from admin.bench.bare import docker_run
from admin.bench.cast import cast, visit
from admin.bench.visitor import BenchFailed, Visitor
from hub import leasing
from hub.house import House
from spawner.container import PORT, name_of

NAME = "bench"
KEEPER = "keeper"
_API = f"/hub/api/users/{NAME}"
ROUNDS = 8
GOAL = 1.45
LONG_S = 60.0


@dataclass
class Series:
    """Seconds of one side, round by round."""

    page_s: list[float] = field(default_factory=list)
    kernel_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """Give medians and counts."""
        return {
            "page_median_s": round(median(self.page_s), 3) if self.page_s else None,
            "page_s": [round(s, 3) for s in self.page_s],
            "kernel_median_s": round(median(self.kernel_s), 3) if self.kernel_s else None,
            "failures": self.failures,
        }


def run(house: House, rounds: int = ROUNDS) -> dict[str, Any]:
    """Run both sides in turn on a running station; the ratio is of medians.

    A server of the same person idles all the while: the peer lives on its environment, whose
    token the hub knows, and both sides have the same neighbour.
    """
    ours, bare = Series(), Series()
    with cast(house, [NAME], servers=2) as secrets:
        visitor = visit(house, NAME, secrets[NAME])
        spec = start_keeper(house, visitor)
        for _ in range(rounds):
            _try(ours, partial(_our_start, visitor, ours))
            _try(bare, partial(_bare_start, house, visitor, bare, spec))
    if not ours.page_s or not bare.page_s:
        raise BenchFailed(f"nothing was finished: {ours.failures + bare.failures}")
    ratio = median(ours.page_s) / median(bare.page_s)
    failures = ours.failures + bare.failures
    return {
        "bench": "start",
        "peer": "docker run",
        "rounds": rounds,
        "ours": ours.summary(),
        "bare": bare.summary(),
        "ratio": round(ratio, 3),
        "goal": GOAL,
        "ok": ratio <= GOAL and not failures,
    }


def start_keeper(house: House, visitor: Visitor) -> dict[str, Any]:
    """Start the server that idles all the while, and give what its container was made from."""
    visitor.call("POST", f"{_API}/servers/{KEEPER}", {})
    visitor.wait_for_200(f"/user/{NAME}/{KEEPER}/api", LONG_S)
    lease = leasing.find_open(house, NAME, KEEPER)
    if lease is None:
        raise BenchFailed("the idling server has no lease")
    found = json.loads(run_docker("inspect", name_of(house.station.id, lease)))[0]
    return {**found["Config"], "HostConfig": found["HostConfig"]}


def _try(series: Series, once: Callable[[], None]) -> None:
    try:
        once()
    except BenchFailed as error:
        series.failures.append(str(error))


def _our_start(visitor: Visitor, series: Series) -> None:
    path = f"/user/{NAME}"
    began = time.perf_counter()
    visitor.call("POST", f"{_API}/server", {})
    visitor.wait_for_200(f"{path}/lab", LONG_S)
    page = time.perf_counter() - began
    asyncio.run(visitor.first_kernel_reply(path))
    series.kernel_s.append(time.perf_counter() - began)
    series.page_s.append(page)
    visitor.call("DELETE", f"{_API}/server")
    visitor.wait_until_stopped(_API, "", LONG_S)


def _bare_start(house: House, visitor: Visitor, series: Series, spec: dict[str, Any]) -> None:
    name = f"{house.station.prefix}-bench-bare"
    path = f"/user/{NAME}/{KEEPER}"
    run_docker("rm", "-f", name)
    try:
        began = time.perf_counter()
        base = run_bare(house, spec, name)
        visitor.wait_for_200(f"{path}/api", LONG_S, base)
        page = time.perf_counter() - began
        asyncio.run(visitor.first_kernel_reply(path, base))
        series.kernel_s.append(time.perf_counter() - began)
        series.page_s.append(page)
    finally:
        run_docker("rm", "-f", name)


def run_bare(house: House, spec: dict[str, Any], name: str) -> str:
    """`docker run` a container of a spec, and give the address of the server in it."""
    run_docker(*docker_run(spec, name)[1:])
    networks = json.loads(run_docker("inspect", name))[0]["NetworkSettings"]["Networks"]
    return f"http://{networks[house.station.network]['IPAddress']}:{PORT}"


def run_docker(*words: str) -> str:
    """Run the docker command and give what it printed; raises BenchFailed."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0 and words[0] != "rm":
        raise BenchFailed(done.stderr.strip()[:300])
    return done.stdout
