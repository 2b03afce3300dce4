"""What a person finds in their notebook: home, model output, and the datasets granted to them."""

import stat
from pathlib import Path

from hub.datasets import load_mounts
from hub.house import House
from hub.policy.people import Person
from hub.policy.reasons import Reason
from spawner.container import Mount, home_of


def build_mounts(house: House, person: Person) -> tuple[Mount, ...]:
    """List every mount of a person's container, in a stable order."""
    home = house.station.home
    identity = house.station.state / "people" / person.name
    own = (
        Mount(identity / "passwd", "/etc/passwd", True),
        Mount(identity / "group", "/etc/group", True),
        Mount(home / "homes" / person.name, home_of(person.name), False),
        Mount(home / "outputs" / person.name, "/data/models", False),
    )
    shared = tuple(
        Mount(Path(mount.folder), f"/data/{mount.kind}/{mount.name}", True)
        for mount in load_mounts(house, person)
    )
    return own + shared


def find_faults(house: House, person: Person) -> tuple[Reason, ...]:
    """Name the folders of a person that are missing or belong to somebody else."""
    home = house.station.home
    folders = (home / "homes" / person.name, home / "outputs" / person.name)
    wrong = [folder for folder in folders if not _belongs(folder, person.uid)]
    identity = house.station.state / "people" / person.name
    wrong += [file for file in (identity / "passwd", identity / "group") if not file.is_file()]
    return tuple(Reason("storage", "folder-missing", {"folder": str(path)}) for path in wrong)


def _belongs(folder: Path, uid: int) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid
