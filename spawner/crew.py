"""What every server's spawner in one hub shares: the house, the engine, the gate and threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import ParamSpec, TypeVar

from hub import clock, clock_steps
from hub.anteroom import Anteroom
from hub.closing import Closer
from hub.engine.client import Engine
from hub.gpus.over_agent import AgentGpus
from hub.house import House
from spawner.container import Walls
from spawner.gate import StartGate

P = ParamSpec("P")
R = TypeVar("R")
THREADS = 32


@dataclass(frozen=True)
class Crew:
    """Made once, at the hub's start."""

    house: House
    engine: Engine
    closer: Closer
    anteroom: Anteroom
    gate: StartGate
    walls: Walls
    pool: ThreadPoolExecutor
    now: Callable[[], datetime]

    def agreed_now(self) -> datetime:
        """Give a wall time that agrees with the times stored, also right after a clock was set.

        Asks the database: never on the hub's event loop.
        """
        return clock_steps.look(self.house, lambda: (self.now(), clock.boot()))

    async def run(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call something that blocks in a thread, and never on the hub's event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, lambda: call(*args, **kwargs))


def make_crew(house: House, now: Callable[[], datetime]) -> Crew:
    """Put together what the hub's spawners share."""
    station, settings = house.station, house.settings
    engine = Engine(station.docker_socket)
    agent = AgentGpus(station.agent_socket, station.load_secret("hub", "agent_token"))
    return Crew(
        house=house,
        engine=engine,
        closer=Closer(house, engine, agent, now),
        anteroom=Anteroom(),
        gate=StartGate(settings.servers.start_gate or station.cores),
        walls=Walls(
            network=station.network,
            shm_mib=settings.servers.shm_mib,
            pids=settings.servers.pids,
            timezone=settings.station.timezone,
            gpu_access=station.gpu_access,
        ),
        pool=ThreadPoolExecutor(THREADS, thread_name_prefix="crew"),
        now=now,
    )
