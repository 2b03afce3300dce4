"""The GPUs of a node as its agent tells them, over a unix socket; it asks, and never guesses."""

import http.client
import socket
from datetime import timedelta
from pathlib import Path

from hub.gpus.errors import AgentUnreachable, BadInventory
from hub.gpus.facts import Inventory
from hub.gpus.unix import socket_address
from hub.gpus.wire import parse_inventory

TIMEOUT = timedelta(seconds=2)
LARGEST_ANSWER = 8 * 1024 * 1024


class AgentGpus:
    """A source that asks the agent each time; safe to use from many threads."""

    def __init__(self, socket_path: Path, token: str, timeout: timedelta = TIMEOUT) -> None:
        self._socket_path = socket_path
        self._token = token
        self._timeout = timeout

    def load(self) -> Inventory:
        """Ask the agent for its newest reading.

        Raises AgentUnreachable, saying why, when there is no answer that can be trusted.
        """
        status, body = self._get("/v1/inventory")
        if status != http.client.OK:
            raise AgentUnreachable(f"agent: answered {status} {_excerpt(body)}")
        try:
            return parse_inventory(body)
        except BadInventory as error:
            raise AgentUnreachable(f"agent: {error}") from error

    def _get(self, path: str) -> tuple[int, bytes]:
        connection = _UnixConnection(self._socket_path, self._timeout)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}"})
            answer = connection.getresponse()
            return answer.status, answer.read(LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            raise AgentUnreachable(f"agent: {str(error) or type(error).__name__}") from error
        finally:
            connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: timedelta) -> None:
        super().__init__("agent", timeout=timeout.total_seconds())
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        with socket_address(self._path) as address:
            self.sock.connect(address)


def _excerpt(body: bytes) -> str:
    return " ".join(body[:300].decode(errors="replace").split())
