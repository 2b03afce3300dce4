"""A client that knows nothing of Allotment: a form, JupyterHub's API, Jupyter's kernels."""

import json
import re
import ssl
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import httpx
import websocket

XSRF = re.compile(r'name="_xsrf"[^>]*value="([^"]+)"')
DEADLINE_S = 120
EVERY_S = 0.1


class Browser:
    """One person's cookies at one station."""

    def __init__(self, url: str, ca_file: Path) -> None:
        self.url = url
        self.ca_file = ca_file
        context = ssl.create_default_context(cafile=str(ca_file))
        self.http = httpx.Client(
            base_url=url, verify=context, follow_redirects=True, timeout=60, trust_env=False
        )
        self.bare = httpx.Client(base_url=url, verify=context, timeout=60, trust_env=False)
        """Without cookies: for calls with a token."""

    def close(self) -> None:
        """Close every connection."""
        self.http.close()
        self.bare.close()

    def log_in(self, name: str, password: str) -> httpx.Response:
        """Fill in the log-in form and give the page one lands on."""
        page = self.http.get("/hub/login")
        found = XSRF.search(page.text)
        assert found, "the log-in page has no XSRF field"
        fields = {"username": name, "password": password, "_xsrf": found[1]}
        return self.http.post("/hub/login", data=fields)

    def make_token(self, name: str) -> str:
        """Ask the hub for an API token, as its token page does."""
        self.http.get("/hub/home")
        answer = self.http.post(
            f"/hub/api/users/{name}/tokens",
            headers={"X-XSRFToken": self._hub_xsrf()},
            json={"note": "test"},
        )
        answer.raise_for_status()
        return str(answer.json()["token"])

    def _hub_xsrf(self) -> str:
        for cookie in self.http.cookies.jar:
            if cookie.name == "_xsrf" and cookie.path == "/hub/":
                return str(cookie.value)
        raise AssertionError("the hub set no XSRF cookie")


@dataclass
class Member:
    """Somebody logged in, with a token of their own."""

    name: str
    browser: Browser
    token: str

    @property
    def http(self) -> httpx.Client:
        """The HTTP client."""
        return self.browser.http

    def api(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call the Hub API with the token."""
        headers = {"Authorization": f"token {self.token}"}
        return self.browser.bare.request(method, f"/hub/api{path}", headers=headers, **more)

    def start(self, options: Any = None, server: str = "") -> httpx.Response:
        """Ask for a server, as any client of the Hub API would."""
        body: dict[str, Any] = {} if options is None else {"json": options}
        return self.api("POST", self._server(server), **body)

    def stop(self, server: str = "") -> None:
        """Stop a server and wait until the hub says that it is gone."""
        self.api("DELETE", self._server(server)).raise_for_status()
        self.wait(lambda: self.model(server) is None, f"{self.name}'s server to be gone")

    def model(self, server: str = "") -> dict[str, Any] | None:
        """Read the hub's model of a server; None while there is none."""
        answer = self.api("GET", f"/users/{self.name}")
        answer.raise_for_status()
        found: dict[str, Any] | None = (answer.json().get("servers") or {}).get(server)
        return found if found and (found.get("ready") or found.get("pending")) else None

    def wait_ready(self, server: str = "", seconds: float = DEADLINE_S) -> None:
        """Wait until the hub calls a server ready."""
        self.wait(
            lambda: bool((self.model(server) or {}).get("ready")),
            f"{self.name}'s server {server!r} to be ready",
            seconds,
        )

    def wait(self, condition: Any, what: str, seconds: float = DEADLINE_S) -> None:
        """Poll a condition until it holds or the deadline passes."""
        wait_for(condition, what, seconds)

    def run(self, code: str, server: str = "", seconds: float = DEADLINE_S) -> str:
        """Run code in a new kernel over the websocket; gives what it printed, or its error."""
        base = self.user_path(server)
        kernel = self.server_call("POST", f"{base}/api/kernels", json={}).json()["id"]
        try:
            return self.run_in(kernel, code, server, seconds)
        finally:
            self.server_call("DELETE", f"{base}/api/kernels/{kernel}")

    def run_in(self, kernel: str, code: str, server: str = "", seconds: float = DEADLINE_S) -> str:
        """Run code in a kernel that is there already."""
        place = urlparse(self.browser.url)
        url = f"wss://{place.netloc}{self.user_path(server)}/api/kernels/{kernel}/channels"
        socket = websocket.create_connection(
            url,
            header={"Authorization": f"token {self.token}"},
            sslopt={"ca_certs": str(self.browser.ca_file)},
            timeout=seconds,
        )
        try:
            return _execute(socket, code, seconds)
        finally:
            socket.close()

    def server_call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call a person's server through the proxy, with the token."""
        headers = {"Authorization": f"token {self.token}"}
        answer = self.browser.bare.request(method, path, headers=headers, **more)
        answer.raise_for_status()
        return answer

    def user_path(self, server: str = "") -> str:
        """Give the path of a server of theirs."""
        return f"/user/{self.name}" + (f"/{server}" if server else "")

    def _server(self, server: str) -> str:
        return f"/users/{self.name}/" + (f"servers/{server}" if server else "server")


def wait_for(condition: Any, what: str, seconds: float = DEADLINE_S) -> None:
    """Poll a condition until it holds; fails with what it waited for."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while time.monotonic() < deadline:
        if condition():
            return
        pause.wait(EVERY_S)
    raise AssertionError(f"waited {seconds} s for {what}")


def _execute(socket: websocket.WebSocket, code: str, seconds: float) -> str:
    message_id = uuid.uuid4().hex
    header = {
        "msg_id": message_id,
        "session": uuid.uuid4().hex,
        "username": "",
        "msg_type": "execute_request",
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    socket.send(
        json.dumps(
            {
                "header": header,
                "parent_header": {},
                "metadata": {},
                "content": content,
                "channel": "shell",
            }
        )
    )
    printed: list[str] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        message = json.loads(socket.recv())
        if message.get("parent_header", {}).get("msg_id") != message_id:
            continue
        kind, body = message["header"]["msg_type"], message["content"]
        if kind == "stream":
            printed.append(body["text"])
        elif kind == "error":
            printed.append(f"{body['ename']}: {body['evalue']}")
        elif kind == "status" and body["execution_state"] == "idle":
            return "".join(printed).strip()
    raise AssertionError(f"the kernel did not finish within {seconds} s: {''.join(printed)}")
