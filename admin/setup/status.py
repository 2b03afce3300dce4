"""What `status` says: units, GPUs, servers, and whether people are served."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from admin.setup import readiness
from admin.setup.compose import UNITS
from hub.engine.client import Engine
from hub.engine.facts import Container
from hub.errors import EngineRefused, EngineUnknown
from hub.house import House, open_house
from hub.policy.gpus import Gpu
from hub.station import Station
from hub.store.gpus import load_gpus
from hub.store.holdings import load_taken
from hub.store.leases import load_open
from hub.version import VERSION

RUNNING = "running"


def load_status(home: Path) -> dict[str, Any]:
    """Look at a station as it is now; raises NoStation. The shape is the command contract's."""
    house = open_house(home)
    station = house.station
    engine = Engine(station.docker_socket)
    own_ca = not house.settings.proxy.certificate
    units = load_units(engine, station)
    served = readiness.is_served(station, station.ca_file if own_ca else None) is None
    return {
        "ready": served and all(unit["state"] == RUNNING for unit in units),
        "url": station.public_url,
        "console_url": None,
        "ca_file": str(station.ca_file) if own_ca else None,
        "units": units,
        "gpus": load_gpu_rows(house),
        "servers": count_servers(engine, house),
        "version": VERSION,
    }


def load_units(engine: Engine, station: Station) -> list[dict[str, Any]]:
    """Give state and memory of each unit; a unit of which nothing is known is `unknown`."""
    with ThreadPoolExecutor(len(UNITS)) as pool:
        return list(pool.map(lambda unit: _load_unit(engine, station, unit), UNITS))


def _load_unit(engine: Engine, station: Station, unit: str) -> dict[str, Any]:
    try:
        found = engine.find_labelled({"allotment.station": station.id, "allotment.unit": unit})
        state = RUNNING if any(container.running for container in found) else "stopped"
        memory = sum(engine.memory_mib(container.id) for container in found if container.running)
    except (EngineUnknown, EngineRefused):
        return {"name": unit, "state": "unknown", "memory_mib": 0}
    return {"name": unit, "state": state if found else "missing", "memory_mib": memory}


def load_gpu_rows(house: House) -> list[dict[str, Any]]:
    """Give every GPU with how many of its slots are leased."""
    with house.database.read() as db:
        gpus = load_gpus(db)
        taken = [slot.gpu_uuid for slot in load_taken(db)]
    return [_gpu_row(gpu, taken.count(gpu.uuid)) for gpu in gpus]


def _gpu_row(gpu: Gpu, leased_slots: int) -> dict[str, Any]:
    return {
        "uuid": gpu.uuid,
        "name": gpu.name,
        "node": gpu.node,
        "kind": gpu.kind,
        "memory_mib": gpu.memory_mib,
        "slots": gpu.slots,
        "leased_slots": leased_slots,
        "health": gpu.health,
        "isolation": gpu.isolation,
    }


def find_servers(engine: Engine, station: Station) -> list[Container]:
    """Give people's containers of this station, running or not."""
    labelled = engine.find_labelled({"allotment.station": station.id})
    return [container for container in labelled if "allotment.lease" in container.labels]


def count_servers(engine: Engine, house: House) -> int:
    """Count people's running servers; where the engine does not answer, their open leases."""
    try:
        return sum(1 for server in find_servers(engine, house.station) if server.running)
    except (EngineUnknown, EngineRefused):
        with house.database.read() as db:
            return len(load_open(db))
