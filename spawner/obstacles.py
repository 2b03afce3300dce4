"""What forbids any start just now, whatever the quotas say: walls, disk, image, folders."""

import os
from datetime import datetime

from hub.engine.client import Engine
from hub.errors import EngineUnknown
from hub.house import House
from hub.networks import load_walls
from hub.policy.people import Person
from hub.policy.reasons import TIME, YOU, Reason
from spawner.mounts import find_faults

GIB = 1024**3


def find_obstacles(
    house: House, engine: Engine, person: Person | None, image: str, now: datetime
) -> tuple[Reason, ...]:
    """Look at everything around a start; blocks, so call it in a thread."""
    found = [*_walls(house, now), *_disk(house), *_image(engine, image)]
    if person is not None:
        found += find_faults(house, person)
        if person.must_change_password:
            found.append(Reason("password", "one-time-password", {}, YOU))
    return tuple(found)


def _walls(house: House, now: datetime) -> list[Reason]:
    fact = load_walls(house.station.walls_file, now)
    return [] if fact.confirmed else [Reason("walls", "not-confirmed", {}, TIME)]


def _disk(house: House) -> list[Reason]:
    found = os.statvfs(house.station.home)
    free = found.f_bavail * found.f_frsize
    reserve = house.settings.storage.reserve_gib
    if free >= reserve * GIB:
        return []
    numbers = {"free_gib": round(free / GIB, 1), "reserve_gib": reserve}
    return [Reason("disk", "reserve", numbers)]


def _image(engine: Engine, image: str) -> list[Reason]:
    try:
        present = bool(image) and engine.has_image(image)
    except EngineUnknown:
        return [Reason("engine", "not-answering", {}, TIME)]
    return [] if present else [Reason("image", "missing", {"image": image or "notebook-cuda"})]
