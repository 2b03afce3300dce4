"""Whether the station is served: asked the way a browser asks, through the proxy with our CA."""

import http.client
import ssl
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from admin.setup.failure import SetupFailed
from hub.house import House
from hub.inventory import GpuSource, refresh
from hub.networks import load_walls
from hub.station import Station

WAIT_S = 90
ASK_EVERY_S = 0.2
PAGE = "/hub/login"
GOOD = (http.HTTPStatus.OK, http.HTTPStatus.FOUND)


def is_served(station: Station, ca: Path | None) -> str | None:
    """Ask for the log-in page; gives None when it is served, else why not."""
    try:
        context = ssl.create_default_context(cafile=str(ca) if ca else None)
        connection = http.client.HTTPSConnection(
            station.host, station.https_port, timeout=5, context=context
        )
        try:
            connection.request("GET", PAGE)
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        return f"{station.public_url}{PAGE} does not answer: {error}"
    return None if status in GOOD else f"{station.public_url}{PAGE} answers {status}"


def find_obstacle(house: House, source: GpuSource, now: datetime) -> str | None:
    """Say what still keeps people from starting a server; None when nothing does.

    What the agent tells of GPUs is stored on the way, so that `up` can show it.
    """
    own = house.settings.proxy.certificate
    problem = is_served(house.station, None if own else house.station.ca_file)
    if problem is not None:
        return problem
    walls = load_walls(house.station.walls_file, now)
    if not walls.confirmed:
        return f"the walls are not confirmed: {walls.error}"
    if refresh(house, source, now) is None:
        return "the agent does not tell of its GPUs"
    return None


def wait_until_ready(
    find: Callable[[], str | None], note: Callable[[str], None], unit_states: Callable[[], str]
) -> None:
    """Wait until nothing is in the way; raises SetupFailed with that and what the units say."""
    deadline = time.monotonic() + WAIT_S
    reason = find()
    while reason is not None:
        if time.monotonic() > deadline:
            raise SetupFailed(f"the station did not become ready: {reason}; {unit_states()}")
        note(reason)
        time.sleep(ASK_EVERY_S)  # units become ready on their own; asked until the deadline
        reason = find()
