"""Open the station for one command on the host, as root; units can go on using its files."""

import os

from hub.errors import AllotmentError
from hub.house import House, open_house
from hub.settings import load_home
from hub.station import NoStation

UMASK = 0o007
ACTOR = "host"
"""Who did it, in the audit log: whoever is root on this machine."""


class NotRoot(AllotmentError):
    """This command runs as root: put sudo before it."""


def open_for_command() -> House:
    """Give the house of ALLOTMENT_HOME; raises NotRoot, NoStation or SettingsError.

    From then on new files of this process belong to the station's group and stay writable to it.
    """
    if os.geteuid() != 0:
        raise NotRoot
    house = open_house(load_home())
    if house.database.sqlite and not house.station.database_file.exists():
        raise NoStation("the station's database is not there yet; run: ./allotment up")
    os.umask(UMASK)
    os.setegid(house.station.gid)
    return house
