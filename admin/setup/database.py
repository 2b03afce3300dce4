"""Our database: brought to the newest schema before any unit opens it, with its first person."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from admin.setup.failure import SetupFailed
from admin.setup.programs import reason_in
from hub import people
from hub.house import House
from hub.settings import Settings
from hub.station import Station

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
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise SetupFailed(f"the database can't be brought up to date: {reason_in(said)}")


def ensure_people(house: House, now: datetime) -> str | None:
    """Make the administrator and everybody's folders; gives a new one-time password, once."""
    one_time = people.ensure_root(house, now)
    people.ensure_all_folders(house)
    return one_time
