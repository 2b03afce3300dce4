"""Our database: brought to the newest schema before any unit opens it, with its first person."""

import subprocess
import sys
from datetime import datetime

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


def ensure_schema(station: Station, settings: Settings) -> None:
    """Apply every migration, as the group that shares the database; raises SetupFailed."""
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
