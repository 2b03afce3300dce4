"""`bench class`: a whole class presses Start in the same second, and wrong log-ins come besides.

The peer is the same number of bare `docker run`, as many at a time as the machine has cores:
nothing that starts containers of this image here can be faster.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from admin.bench.cast import cast, visit
from admin.bench.start import NAME, run_bare, run_docker, start_keeper
from admin.bench.visitor import BenchFailed, Visitor
from hub.house import House

SEATS = 20
LONG_S = 300.0
WRONG_LOG_INS = 20
STILL_MS = 50


def run(house: House, seats: int = SEATS) -> dict[str, Any]:
    """Start `seats` servers at once, then as many bare containers; the ratio is of total times."""
    names = [f"bench-{number:02}" for number in range(1, seats + 1)]
    with cast(house, names, servers=1) as secrets:
        visitors = [visit(house, name, secrets[name]) for name in names]
        mark = time.time()
        took, waits = _ring_the_bell(house, visitors, names)
        stillness = _stillness(house, mark)
    with cast(house, [NAME], servers=2) as secrets:
        floor = _bare(house, visit(house, NAME, secrets[NAME]), seats)
    ready = [wait for wait in waits if wait is not None]
    return {
        "bench": "class",
        "peer": f"docker run, {house.station.cores} at a time",
        "seats": seats,
        "ready": len(ready),
        "total_s": round(took, 1),
        "median_wait_s": round(median(ready), 1) if ready else None,
        "wrong_log_ins": WRONG_LOG_INS,
        "bare_total_s": round(floor, 1),
        "ratio": round(took / floor, 3),
        "loop_still_in_our_code_ms": stillness,
        "ok": len(ready) == seats and not stillness,
    }


def _ring_the_bell(
    house: House, visitors: list[Visitor], names: list[str]
) -> tuple[float, list[float | None]]:
    began = time.perf_counter()

    def sit_down(number: int) -> float | None:
        visitor, name = visitors[number], names[number]
        try:
            visitor.call("POST", f"/hub/api/users/{name}/server", {})
            visitor.wait_for_200(f"/user/{name}/lab", LONG_S, pause_s=0.25)
        except BenchFailed:
            return None
        return time.perf_counter() - began

    with ThreadPoolExecutor(len(names) + 4) as pool:
        sitting = [pool.submit(sit_down, number) for number in range(len(names))]
        knocking = [pool.submit(_knock, house, n) for n in range(WRONG_LOG_INS)]
        waits = [seat.result() for seat in sitting]
        took = time.perf_counter() - began
        for knock in knocking:
            knock.result()
    return took, waits


def _knock(house: House, number: int) -> None:
    visitor = Visitor(house.station.public_url, house.station.ca_file)
    try:
        visitor.log_in(f"nobody-{number}", "not the password")
    except BenchFailed:
        return


def _stillness(house: House, since: float) -> list[int]:
    """Read from the hub's log how long its loop stood still in our code, where over 50 ms."""
    log = run_docker("logs", "--since", str(int(since)), f"{house.station.prefix}-hub-1")
    found = []
    for line in log.splitlines():
        if "event loop stood still" in line and "ours=True" in line:
            ms = int(line.split("ms=")[1].split()[0])
            found.append(ms)
    return [ms for ms in found if ms > STILL_MS]


def _bare(house: House, visitor: Visitor, seats: int) -> float:
    spec = start_keeper(house, visitor)
    names = [f"{house.station.prefix}-bench-bare-{number}" for number in range(seats)]

    def start(name: str) -> None:
        base = run_bare(house, spec, name)
        visitor.wait_for_200(f"/user/{NAME}/keeper/api", LONG_S, base)

    try:
        began = time.perf_counter()
        with ThreadPoolExecutor(house.station.cores) as pool:
            list(pool.map(start, names))
        return time.perf_counter() - began
    finally:
        run_docker("rm", "-f", *names)
