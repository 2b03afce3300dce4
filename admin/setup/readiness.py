"""Whether the station is served: asked the way a browser asks, through the proxy with our CA."""

import http.client
import ssl
import time
from collections.abc import Callable
from pathlib import Path

from admin.setup.failure import SetupFailed
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


def wait_until_served(
    station: Station, ca: Path | None, note: Callable[[str], None], unit_states: Callable[[], str]
) -> None:
    """Wait for the log-in page; raises SetupFailed with what the units say."""
    deadline = time.monotonic() + WAIT_S
    reason = is_served(station, ca)
    while reason is not None:
        if time.monotonic() > deadline:
            raise SetupFailed(f"the station did not become ready: {reason}; {unit_states()}")
        note(reason)
        time.sleep(ASK_EVERY_S)
        reason = is_served(station, ca)
