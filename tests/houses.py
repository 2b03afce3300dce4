"""A station in a temporary folder, with a real database; for tests of what works on one."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from hub.house import House, make_house
from hub.settings import Settings
from hub.station import Images, Station, Uids
from hub.store.database import Database, sqlite_url
from hub.store.migrate import upgrade


def make_station(home: Path, gid: int = 0, hub_port: int = 1) -> Station:
    """Make the facts of a station that never ran."""
    return Station(
        id="0a1b2c3d",
        home=home,
        bridge="al0a1b2c3d",
        network="allotment-0a1b2c3d-users",
        subnet="10.9.0.0/24",
        gateway="10.9.0.1",
        hub_port=hub_port,
        hub_api_port=2,
        traefik_api_port=3,
        https_port=4,
        public_url="https://localhost:4",
        host="localhost",
        gid=gid,
        uids=Uids(hub=1, steward=2, agent=3, console=4),
        cores=2,
        images=Images(cpu="cpu", cuda="cuda", station="station", proxy="proxy"),
        gpu_access="none",
        docker_socket=Path("/nowhere"),
        version="0",
    )


def found_station(home: Path, gid: int = 0, hub_port: int = 1) -> House:
    """Write the files of a station into a folder and open it, its database at the newest schema."""
    station = make_station(home, gid, hub_port)
    for folder in ("homes", "outputs", "state/db", "state/people"):
        (home / folder).mkdir(parents=True)
    (station.state / "station.json").write_text(station.model_dump_json())
    (station.state / "applied.toml").touch()
    copy_newest(station.database_file)
    return make_house(station, Settings())


def copy_newest(path: Path) -> None:
    """Put an empty SQLite database at the newest schema there; migrating takes longer."""
    path.write_bytes(_newest())


@cache
def _newest() -> bytes:
    folder = Path(tempfile.mkdtemp(prefix="allotment-schema-"))
    file = folder / "newest.sqlite"
    database = Database(sqlite_url(str(file)))
    upgrade(database)
    database.dispose()
    content = file.read_bytes()
    shutil.rmtree(folder)
    return content
