"""A station in a temporary folder, with a database, groups and something to take in."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.house import House, make_house
from hub.settings import Settings
from hub.store.people import add_group
from tests.houses import found_station, make_station

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLANT_VILLAGE = {
    "Corn_(maize)___Cercospora_leaf_spot Gray_leaf_spot/0a1b___RS_GLSp 4327.JPG": b"gray" * 900,
    "Pepper,_bell___healthy/0b2c___JR_HL 8590.JPG": b"green" * 700,
    "Tomato___Late_blight/马铃薯 叶.jpg": b"brown" * 800,
    "Tomato___Late_blight/empty.JPG": b"",
    "svm.txt": b"a stray text file\n",
}


def open_house_at(home: Path, settings: Settings | None = None) -> House:
    """Open the station of a temporary folder once more."""
    return make_house(make_station(home), settings or Settings())


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Found a station with two groups, to be copied by every test."""
    home = tmp_path_factory.mktemp("founded") / "home"
    house = found_station(home)
    for name in ("incoming", "datasets"):
        (home / name).mkdir()
    with house.database.write() as db:
        for group in ("field-lab", "visitors"):
            add_group(db, group, NOON)
    house.database.dispose()
    return home


@pytest.fixture
def home(tmp_path: Path, founded: Path) -> Path:
    """Give the folder of a station of the test's own."""
    return shutil.copytree(founded, tmp_path / "home")


@pytest.fixture
def house(home: Path) -> Iterator[House]:
    """Open that station."""
    house = open_house_at(home)
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
