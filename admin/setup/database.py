"""Our database: brought to the newest schema before any unit opens it, with its first person."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from admin.setup.failure import SetupFailed
from admin.setup.programs import reason_in
from hub import people
from hub.house import House, make_house
from hub.settings import Settings, load_applied
from hub.station import Station, driver_url
from hub.store.database import Database
from hub.store.schema import leases

MIGRATE = (
    "import sys\n"
    "from hub.store.database import Database\n"
    "from hub.store.migrate import upgrade\n"
    "upgrade(Database(sys.stdin.read()))\n"
)
SHARED_UMASK = 0o007
SHARED_MODE = 0o660


def ensure_file(path: Path, gid: int) -> None:
    """Make the file with the group's rights, which SQLite then gives to its companions as well."""
    for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        if file == path:
            file.touch(mode=SHARED_MODE)
        if file.exists():
            os.chown(file, -1, gid, follow_symlinks=False)
            file.chmod(SHARED_MODE)


def ensure_over_tcp(settings: Settings) -> None:
    """Refuse an address that only this machine's own programs can use; raises SetupFailed.

    The units have none of the machine's folders, and so none of its sockets.
    """
    if not settings.database.url:
        return
    url = make_url(driver_url(settings.database.url))
    hosts = [url.host, url.query.get("host"), url.query.get("hostaddr")]
    if not any(host and not str(host).startswith(("/", "@")) for host in hosts):
        raise SetupFailed(
            "database.url: the units reach PostgreSQL over TCP alone: name its host, such as "
            "postgresql://allotment:…@127.0.0.1/allotment"
        )


def ensure_usable(settings: Settings) -> None:
    """Refuse a database that can't be reached or can't keep every name; raises SetupFailed.

    SQLite needs nothing; the address may hold a password, so it is not said.
    """
    if not settings.database.url:
        return
    database = Database(driver_url(settings.database.url))
    try:
        with database.read() as db:
            encoding = db.exec_driver_sql("SHOW server_encoding").scalar()
    except SQLAlchemyError as error:
        raise SetupFailed(f"database.url: {say_why(error)}") from None
    finally:
        database.dispose()
    if encoding != "UTF8":
        raise SetupFailed(
            f"database.url: its encoding is {encoding}; make it with: "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )


def find_in_use(home: Path, station: Station) -> House | None:
    """Open the database that the station works on; None where it has none yet."""
    settings = load_applied(home)
    if not settings.database.url and not station.database_file.exists():
        return None
    house = make_house(station, settings)
    try:
        if inspect(house.database.engine).has_table(leases.name):
            return house
        house.database.dispose()
        return None
    except SQLAlchemyError as error:
        raise SetupFailed(f"the station's database can't be used: {say_why(error)}") from None


def ensure_schema(station: Station, settings: Settings) -> None:
    """Apply every migration, as the group that shares the database; raises SetupFailed."""
    if not settings.database.url:
        ensure_file(station.database_file, station.gid)
    done = subprocess.run(
        [sys.executable, "-P", "-c", MIGRATE],
        input=station.database_url(settings),
        capture_output=True,
        text=True,
        group=station.gid,
        umask=SHARED_UMASK,
        check=False,
    )
    if done.returncode != 0:
        said = reason_in(_lines(done.stderr))
        raise SetupFailed(f"the database can't be brought up to date: {said}")


def ensure_people(house: House, now: datetime) -> str | None:
    """Make the administrator and everybody's folders; gives a new one-time password, once."""
    one_time = people.ensure_root(house, now)
    people.ensure_all_folders(house)
    return one_time


def say_why(error: SQLAlchemyError) -> str:
    """Give the driver's own first line, without the statement and SQLAlchemy's hints."""
    return _lines(str(error.orig if isinstance(error, DBAPIError) else error))[0]


def _lines(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("(Background on")]
