"""The agent's answers over HTTP on a unix socket: reads only, for holders of the token only."""

import hmac
import json
import os
import socket
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

from hub.gpus.unix import socket_address
from hub.gpus.wire import build_json
from spawner.agent.readings import Readings, Seconds

SOCKET_MODE = 0o660
PATIENCE_S = 5.0


class AgentServer(ThreadingMixIn, UnixStreamServer):
    """Serves the newest reading; the socket takes the place of one left by an earlier agent."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, path: Path, token: str, readings: Readings, seconds: Seconds, gid: int | None = None
    ) -> None:
        self.token = token
        self.readings = readings
        self.seconds = seconds
        self._path = path
        self._gid = gid
        super().__init__(str(path), Handler)

    def server_bind(self) -> None:
        """Bind under another name and move it into place, so that there is never no socket."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        new.unlink(missing_ok=True)
        with socket_address(new) as address:
            self.socket.bind(address)
        if self._gid is not None:
            os.chown(new, -1, self._gid)
        new.chmod(SOCKET_MODE)
        self.server_address = str(self._path)
        self._new = new

    def server_activate(self) -> None:
        """Listen, and only then let callers find the socket."""
        super().server_activate()
        self._new.replace(self._path)


class Handler(BaseHTTPRequestHandler):
    """Answers one request; what it does not know is 404, and without the token all is 401."""

    server: AgentServer
    timeout = PATIENCE_S
    server_version = "allotment-agent"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer /v1/inventory and /v1/health."""
        routes: dict[str, Callable[[], None]] = {
            "/v1/inventory": self._inventory,
            "/v1/health": self._health,
        }
        if not self._allowed():
            self._refuse(HTTPStatus.UNAUTHORIZED, "token", "a bearer token is needed")
            return
        route = routes.get(self.path.partition("?")[0])
        if route is None:
            self._refuse(HTTPStatus.NOT_FOUND, "path", "no such path")
            return
        route()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the agent is asked every few seconds."""

    def address_string(self) -> str:
        """Give a name for callers, who have no address on a unix socket."""
        return "unix"

    def _allowed(self) -> bool:
        given = self.headers.get("Authorization", "")
        wanted = f"Bearer {self.server.token}"
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())

    def _inventory(self) -> None:
        answer = self.server.readings.answer(self.server.seconds())
        if answer.inventory is None or answer.age_s is None:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "stale", answer.reason or "no reading")
            return
        self._send(HTTPStatus.OK, build_json(answer.inventory), answer.age_s)

    def _health(self) -> None:
        answer = self.server.readings.answer(self.server.seconds())
        ready = answer.inventory is not None
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        body = {"ready": ready, "age_seconds": answer.age_s, "reason": answer.reason}
        self._send(status, json.dumps(body))

    def _refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        self._send(status, json.dumps({"error": {"code": code, "message": message}}))

    def _send(self, status: HTTPStatus, text: str, age_s: float | None = None) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if age_s is not None:
            self.send_header("Allotment-Reading-Age-Seconds", f"{age_s:.3f}")
        self.end_headers()
        self.wfile.write(body)


def ask_health(path: Path, token: str) -> str | None:
    """Ask a running agent how it is; None when it is well, else why not."""
    request = f"GET /v1/health HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.settimeout(PATIENCE_S)
            with socket_address(path) as address:
                caller.connect(address)
            caller.sendall(request.encode())
            head, _, body = caller.makefile("rb").read().partition(b"\r\n\r\n")
    except OSError as error:
        return f"agent: {error}"
    return None if b" 200 " in head.split(b"\r\n", 1)[0] else f"agent: {body.decode()}"
