"""What the two doors let through: the public one, and the one on the users' gateway."""

import asyncio
import os
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tornado.httpclient import HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, WebSocketHandler, websocket_connect

from hub.proxy_config import write_proxy_files
from spawner.traefik import StationProxy
from tests.proxy.conftest import (
    GATEWAY,
    CertificateMaker,
    Door,
    EchoServer,
    TraefikProcess,
    ask,
    knock,
    request,
    trusting,
    until,
)

A_SERVER = "127.77.0.9"
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Host": "evil.test",
    "X-Real-Ip": "203.0.113.9",
    "X-Scheme": "gopher",
    "Forwarded": "for=203.0.113.9",
    "X_Forwarded_For": "203.0.113.9",
    "X_Real_Ip": "203.0.113.9",
    "X.Forwarded.For": "203.0.113.9",
}


class WebSocketEcho(WebSocketHandler):
    """Sends back what it is sent, as a kernel's channel does."""

    async def on_message(self, message: str | bytes) -> None:
        await self.write_message(message)


def ask_hub_api(
    traefik: TraefikProcess, path: str, peer: str = A_SERVER, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Ask as a notebook does."""
    door = Door(GATEWAY, traefik.facts.hub_api_port, peer, tls=False)
    return knock(traefik, door, ("GET", path, None, headers or {}))


@pytest.mark.parametrize(
    "path", ["/", "/hub/", "/hub/login", "/hub/api/", "/hub/health", "/user/ann/lab", "/api"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_server_is_refused_at_the_public_door(
    traefik: TraefikProcess, proxy: StationProxy, hub_server: EchoServer, path: str, method: str
) -> None:
    await proxy.add_route("/", hub_server.url, {"hub": True})
    assert (await ask(traefik, path, peer=A_SERVER, method=method))[0] == 403
    assert (await ask(traefik, path, peer="127.0.0.2", method=method))[0] == 200


def test_a_server_is_refused_before_there_is_any_route(traefik: TraefikProcess) -> None:
    assert request(traefik, "/nothing/here", peer=A_SERVER)[0] == 403
    assert request(traefik, "/nothing/here")[0] == 404


def test_a_server_cannot_forge_its_way_through_the_public_door(traefik: TraefikProcess) -> None:
    assert request(traefik, "/hub/login", peer=A_SERVER, headers=FORGED)[0] == 403


def test_forged_headers_do_not_reach_the_hub_by_the_public_door(traefik: TraefikProcess) -> None:
    headers = request(traefik, "/hub/login", peer="127.0.0.2", headers=FORGED)[1]["headers"]
    assert headers["X-Forwarded-For"] == "127.0.0.2"
    assert headers["X-Real-Ip"] == "127.0.0.2"
    assert headers["X-Forwarded-Proto"] == "https"
    assert not set(headers) & (FORGED.keys() - {"X-Forwarded-For", "X-Real-Ip"}) - {
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
    }
    assert not {"203.0.113.9", "evil.test", "gopher"} & set(headers.values())


def test_forged_headers_do_not_reach_the_hub_from_a_notebook(traefik: TraefikProcess) -> None:
    status, echo = ask_hub_api(traefik, "/hub/api/user", headers=FORGED)
    assert status == 200
    assert echo["headers"]["X-Forwarded-For"] == A_SERVER
    assert not {"203.0.113.9", "evil.test", "gopher"} & set(echo["headers"].values())


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/hub/login",
        "/hub/apiary",
        "/user/ann/",
        "/hub/api/../login",
        "/hub/api/%2e%2e/login",
        "/hub/api/..%2flogin",
        "//hub/login",
        "/api/rawdata",
    ],
)
async def test_a_notebook_reaches_the_hubs_api_and_nothing_else(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer, path: str
) -> None:
    await proxy.add_route("/", notebook.url, {"hub": True})
    await proxy.add_route("/user/ann/", notebook.url, {"user": "ann"})
    status, echo = await asyncio.to_thread(ask_hub_api, traefik, path)
    assert (status in (400, 404), echo) == (True, {})


def test_a_stranger_is_turned_away_at_the_notebooks_door(traefik: TraefikProcess) -> None:
    assert ask_hub_api(traefik, "/hub/api/user", peer="127.0.0.1")[0] == 404


@pytest.mark.parametrize("path", ["a%2Fb.ipynb", "100%25.csv", "a%3Fb", "a%3Bb", "n%23r.1"])
async def test_an_encoded_path_reaches_the_notebook_as_it_is(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer, path: str
) -> None:
    await proxy.add_route("/user/ann/", notebook.url, {"user": "ann"})
    status, echo = await ask(traefik, f"/user/ann/files/{path}")
    assert (status, echo["path"]) == (200, f"/user/ann/files/{path}")


async def test_an_encoded_slash_does_not_lead_to_a_neighbour(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    await proxy.add_route("/user/ann/", notebook.url, {"user": "ann"})
    assert (await ask(traefik, "/user/bob%2F..%2Fann/lab"))[0] == 404
    assert (await ask(traefik, "/user%2Fann/lab"))[0] == 404


@asynccontextmanager
async def open_websocket(
    traefik: TraefikProcess, proxy: StationProxy
) -> AsyncIterator[WebSocketClientConnection]:
    """Open ann's kernel channel, as her browser does."""
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([("/user/ann/socket", WebSocketEcho)]))
    server.add_sockets(sockets)
    port = sockets[0].getsockname()[1]
    await proxy.add_route("/user/ann/", f"http://127.0.0.1:{port}", {"user": "ann"})
    url = f"wss://127.0.0.1:{traefik.facts.https_port}/user/ann/socket"
    connection = await websocket_connect(HTTPRequest(url, ssl_options=trusting(traefik)))
    try:
        yield connection
    finally:
        connection.close()
        await connection.read_message()
        server.stop()
        await server.close_all_connections()


async def says_it_back(connection: WebSocketClientConnection, text: str) -> bool:
    """Say whether a message makes it there and back."""
    await connection.write_message(text)
    return await connection.read_message() == text


async def test_a_websocket_goes_through(traefik: TraefikProcess, proxy: StationProxy) -> None:
    async with open_websocket(traefik, proxy) as connection:
        assert await says_it_back(connection, "1 + 1")


async def test_a_websocket_outlives_other_peoples_routes(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    async with open_websocket(traefik, proxy) as connection:
        for number in range(10):
            await proxy.add_route(f"/user/student-{number}/", notebook.url, {"user": "x"})
            await proxy.delete_route(f"/user/student-{number}/")
        assert await says_it_back(connection, "still there")


async def test_a_new_certificate_is_served_without_a_stop(
    traefik: TraefikProcess, proxy: StationProxy, make_certificate: CertificateMaker
) -> None:
    async with open_websocket(traefik, proxy) as connection:
        make_certificate(traefik.facts.certificate.parent)
        assert write_proxy_files(traefik.facts, os.getgid()) is False

        def is_served() -> bool:
            try:
                request(traefik, "/user/ann/")
            except ssl.SSLCertVerificationError:
                return False
            return True

        await asyncio.to_thread(until, is_served)
        assert await says_it_back(connection, "still there")


async def test_a_large_upload_arrives_whole(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    await proxy.add_route("/user/ann/", notebook.url, {"user": "ann"})
    body = bytes(32 * 1024 * 1024)
    status, echo = await ask(traefik, "/user/ann/api/contents/a", method="POST", body=body)
    assert (status, echo["received"]) == (200, len(body))


def test_the_api_asks_for_its_password(traefik: TraefikProcess) -> None:
    door = Door("127.0.0.1", traefik.facts.api_port, "127.0.0.1", tls=False)
    assert knock(traefik, door, ("GET", "/api/rawdata"))[0] == 401


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_old_tls_is_refused(traefik: TraefikProcess) -> None:
    context = trusting(traefik)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert connect(traefik, context) is None
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert connect(traefik, context) == "TLSv1.2"


def connect(traefik: TraefikProcess, context: ssl.SSLContext) -> str | None:
    """Give the TLS version agreed on, None when there is none."""
    with socket.create_connection(("127.0.0.1", traefik.facts.https_port), 5) as plain:
        try:
            with context.wrap_socket(plain) as secured:
                return secured.version()
        except (ssl.SSLError, ConnectionResetError):
            return None


def test_the_log_keeps_no_tokens_and_no_headers(traefik: TraefikProcess) -> None:
    request(traefik, "/hub/login?token=secret-one", headers={"Authorization": "token secret-two"})
    text = traefik.log.read_text()
    assert "/hub/login" in text
    assert "secret" not in text


async def test_floods_stop_at_the_log_in_and_nowhere_else(
    traefik: TraefikProcess, proxy: StationProxy, hub_server: EchoServer
) -> None:
    await proxy.add_route("/", hub_server.url, {"hub": True})
    hub_server.shutdown()
    hub_server.server_close()
    floods = [("/hub/login", "127.0.0.2"), ("/hub/health", "127.0.0.3")]
    log_in, health = await asyncio.gather(
        *(asyncio.to_thread(flood, traefik, path, peer) for path, peer in floods)
    )
    assert log_in == {502, 429}
    assert health == {502}
    assert (await ask(traefik, "/hub/login", peer="127.0.0.4"))[0] == 502


def flood(traefik: TraefikProcess, path: str, peer: str) -> set[int]:
    """Send 2,000 requests, a hundred at a time, and give the statuses they were answered with."""
    context = trusting(traefik)
    where = ("127.0.0.1", traefik.facts.https_port)
    hundred = f"GET {path} HTTP/1.1\r\nHost: station.test\r\n\r\n".encode() * 100
    answer = b""
    with (
        socket.create_connection(where, 20, source_address=(peer, 0)) as plain,
        context.wrap_socket(plain) as secured,
    ):
        for sent in range(100, 2001, 100):
            secured.sendall(hundred)
            while answer.count(b"HTTP/1.1 ") < sent:
                answer += secured.recv(65536)
    return {int(code) for code in re.findall(rb"HTTP/1.1 ([0-9]{3})", answer)}
