"""A station in a temporary folder, with a database, groups and something to take in."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hub.house import House, make_house
from hub.settings import Settings, StorageSection
from hub.station import Images, Station, Uids
from hub.store.migrate import upgrade
from hub.store.people import add_group

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLANT_VILLAGE = {
    "Corn_(maize)___Cercospora_leaf_spot Gray_leaf_spot/0a1b___RS_GLSp 4327.JPG": b"gray" * 900,
    "Pepper,_bell___healthy/0b2c___JR_HL 8590.JPG": b"green" * 700,
    "Tomato___Late_blight/马铃薯 叶.jpg": b"brown" * 800,
    "Tomato___Late_blight/empty.JPG": b"",
    "svm.txt": b"a stray text file\n",
}


def make_station(home: Path) -> Station:
    """Give the facts of a station that was never raised."""
    return Station(
        id="0a1b2c3d",
        home=home,
        bridge="al0a1b2c3d",
        network="allotment-0a1b2c3d-users",
        subnet="172.31.240.0/24",
        gateway="172.31.240.1",
        hub_port=8081,
        hub_api_port=8082,
        traefik_api_port=8083,
        https_port=443,
        public_url="https://station.example",
        host="station.example",
        gid=200000,
        uids=Uids(hub=200001, steward=200002, agent=200003, console=200004),
        cores=2,
        images=Images(cpu="cpu:1", cuda="", station="station:1", proxy="proxy:1"),
        gpu_access="none",
        docker_socket=Path("/var/run/docker.sock"),
        version="0.1.0",
    )


def open_house_at(home: Path, settings: Settings | None = None) -> House:
    """Open the station of a temporary folder."""
    return make_house(make_station(home), settings or Settings(storage=StorageSection()))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a home with the folders of `up`, and tables."""
    home = tmp_path / "home"
    for name in ("incoming", "datasets", "state/db"):
        (home / name).mkdir(parents=True)
    return home


@pytest.fixture
def house(home: Path) -> Iterator[House]:
    """Open the home's station, with two groups."""
    house = open_house_at(home)
    upgrade(house.database)
    with house.database.write() as db:
        for group in ("field-lab", "visitors"):
            add_group(db, group, NOON)
    yield house
    house.database.dispose()


@pytest.fixture
def source(home: Path) -> Path:
    """Lay out a small PlantVillage with its true names."""
    return make_tree(home / "incoming" / "leaves")


@pytest.fixture
def moment() -> Callable[[], datetime]:
    """Give a clock that goes on a minute at each look."""
    minutes = itertools.count()
    return lambda: NOON + timedelta(minutes=next(minutes))


def make_tree(folder: Path, files: dict[str, bytes] = PLANT_VILLAGE) -> Path:
    """Write files below a folder."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def snapshot(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Read everything below a folder: mode, and content of plain files."""
    found: dict[str, tuple[int, bytes | None]] = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else None
        found[str(path.relative_to(folder))] = (facts.st_mode, content)
    return found
