"""What `./allotment down` does: units and people's servers of this station end, files stay."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from admin.setup import checks, compose, lock, network, proxy_files
from admin.setup.failure import SetupFailed
from admin.setup.programs import Runner
from admin.setup.progress import Progress
from admin.setup.status import find_servers
from admin.setup.tls import TlsFiles
from hub import clock
from hub.closing import Closer
from hub.engine.client import Engine
from hub.gpus.over_agent import AgentGpus
from hub.house import House, open_house
from hub.policy.leases import EndReason
from hub.store.leases import load_open

AT_ONCE = 8
GRACE_S = 10


def lower_station(home: Path, progress: Progress) -> None:
    """Stop this station; repeated it changes nothing. Raises AllotmentError."""
    checks.ensure_root("down")
    house = open_house(home)
    station = house.station
    runner = Runner(station.state / "log" / "up.log")
    told = proxy_files.ensure_proxy_files(station, TlsFiles.of(home))
    variables = compose.ensure_variables(station, house.settings, told)
    calls = compose.Compose(station.id, variables, runner)
    with lock.home_lock(home):
        with progress.step("hub and steward"):
            calls.run(["stop", "hub", "steward"], "hub and steward do not stop")
        with progress.step("servers") as step:
            step.note(f"{_end_servers(house)} ended")
        with progress.step("units and walls"):
            _remove_walls(calls, home)
            calls.run(["down", "--remove-orphans"], "the units do not stop")
        with progress.step("users' network"):
            network.remove_network(station, runner)


def _end_servers(house: House) -> int:
    """Close every lease, then end what containers of people are left."""
    engine = Engine(house.station.docker_socket)
    token = house.station.load_secret("hub", "agent_token")
    closer = Closer(house, engine, AgentGpus(house.station.agent_socket, token), clock.now)
    with house.database.read() as db:
        leases = [lease.id for lease in load_open(db)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        closed = list(pool.map(lambda lease: closer.close(lease, EndReason.POWER), leases))
        left = find_servers(engine, house.station)
        list(pool.map(lambda server: _end(engine, server.id), left))
    if not all(closed):
        raise SetupFailed("some servers could not be ended; see ./allotment lease list")
    return len(leases)


def _end(engine: Engine, container: str) -> None:
    engine.stop(container, GRACE_S)
    engine.remove(container)


def _remove_walls(calls: compose.Compose, home: Path) -> None:
    """Take the packet filter away with the unit's own rights, once nobody puts it back."""
    calls.run(["stop", "walls"], "walls does not stop")
    remove = ["python3", "-m", "spawner.walls", "--home", str(home), "--remove"]
    calls.run(["run", "--rm", "--no-deps", "walls", *remove], "the walls can't be removed")
