"""A visitor of a station for benchmarks: logs in by the form, then calls with a token."""

import json
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from hub.errors import AllotmentError

XSRF_FIELD = re.compile(r'name="_xsrf"[^>]*value="([^"]+)"')
INTERVAL_S = 0.02


class BenchFailed(AllotmentError):
    """The benchmark could not be run."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Take a redirect for an answer: the waiting page is 200 too, and is no notebook."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow nothing."""


class Visitor:
    """One person at one station."""

    def __init__(self, url: str, ca_file: Path) -> None:
        self.url = url
        self.context = ssl.create_default_context(cafile=str(ca_file))
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=self.context),
            urllib.request.HTTPCookieProcessor(self._jar),
        )
        self._plain = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=self.context),
            _NoRedirect(),
        )
        self.token = ""

    def log_in(self, name: str, password: str) -> None:
        """Log in by the form and make a token; raises BenchFailed."""
        found = XSRF_FIELD.search(self._text("/hub/login"))
        if found is None:
            raise BenchFailed("the log-in page has no form")
        fields = {"username": name, "password": password, "_xsrf": found[1]}
        self._text("/hub/login", urllib.parse.urlencode(fields).encode())
        self._text("/hub/home")
        xsrf = next((c.value for c in self._jar if c.name == "_xsrf" and c.path == "/hub/"), "")
        answer = self.call(
            "POST", f"/hub/api/users/{name}/tokens", {"note": "bench"}, {"X-XSRFToken": xsrf or ""}
        )
        self.token = str(answer["token"])

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        base: str = "",
    ) -> Any:
        """Call an API and give its JSON, None for an empty answer; raises BenchFailed."""
        status, text = self.ask(method, path, body, headers, base)
        if status >= 400:
            raise BenchFailed(f"{method} {path} answered {status}: {text[:300]}")
        return json.loads(text) if text else None

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        base: str = "",
    ) -> tuple[int, str]:
        """Send a request and give status and text; 0 when nobody answered.

        With a token no redirect is followed and no cookie sent.
        """
        request = urllib.request.Request(  # noqa: S310 - the station's own addresses
            (base or self.url) + path, method=method, headers=headers or {}
        )
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"token {self.token}")
        try:
            opener = self._plain if self.token else self._opener
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, ""

    def wait_for_200(
        self, path: str, seconds: float, base: str = "", pause_s: float = INTERVAL_S
    ) -> None:
        """Ask again and again until the answer is 200; raises BenchFailed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.ask("GET", path, base=base)[0] == 200:
                return
            time.sleep(pause_s)  # between two asks, as a browser would; nothing tells us
        raise BenchFailed(f"{path} was not 200 within {seconds} s")

    def wait_until_stopped(self, api: str, server: str, seconds: float) -> None:
        """Ask the hub until a server is neither ready nor pending; raises BenchFailed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = (self.call("GET", api).get("servers") or {}).get(server) or {}
            if not found.get("ready") and not found.get("pending"):
                return
            time.sleep(INTERVAL_S)  # the Hub API has no event for a stop
        raise BenchFailed(f"the server did not stop within {seconds} s")

    async def first_kernel_reply(self, path: str, base: str = "") -> None:
        """Start a kernel and run one line in it, up to its reply."""
        kernel = self.call("POST", f"{path}/api/kernels", {}, base=base)["id"]
        where = (base or self.url).replace("http", "ws", 1)
        connection = await websocket_connect(
            HTTPRequest(
                f"{where}{path}/api/kernels/{kernel}/channels",
                headers={"Authorization": f"token {self.token}"},
                ssl_options=self.context if where.startswith("wss") else None,
                connect_timeout=10,
                request_timeout=60,
            )
        )
        await connection.write_message(json.dumps(_execute_request("print(1)")))
        await _read_until_reply(connection)
        connection.close()

    def _text(self, path: str, data: bytes | None = None) -> str:
        try:
            with self._opener.open(self.url + path, data, timeout=60) as answer:
                text: str = answer.read().decode(errors="replace")
        except OSError as error:
            raise BenchFailed(f"{path}: {error}") from error
        return text


def _execute_request(code: str) -> dict[str, Any]:
    header = {
        "msg_id": uuid.uuid4().hex,
        "session": uuid.uuid4().hex,
        "username": "",
        "msg_type": "execute_request",
        "version": "5.3",
    }
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "content": {"code": code, "silent": False},
    }


async def _read_until_reply(connection: WebSocketClientConnection) -> None:
    while True:
        message = await connection.read_message()
        if message is None:
            raise BenchFailed("the kernel's connection was closed")
        if json.loads(message)["header"]["msg_type"] == "execute_reply":
            return
