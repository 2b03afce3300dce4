"""Proxy classes with a real Traefik each, in temporary folders; for `bench route`."""

import asyncio
import os
import secrets
import socket
import ssl
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitlets.utils.importstring import import_item

from admin.bench.visitor import BenchFailed
from admin.setup.tls import TlsFiles, ensure_certificate
from hub import clock
from hub.proxy_config import STATIC_FILE, ProxyFacts, hash_api_password, write_proxy_files
from hub.settings import ProxySection, load_variables

OURS = "spawner.traefik.StationProxy"
STOCK = "jupyterhub_traefik_proxy.fileprovider.TraefikFileProviderProxy"
USERS_SUBNET = "127.99.0.0/16"


@dataclass
class Contestant:
    """One proxy class that is running, and where it serves."""

    name: str
    proxy: Any
    port: int
    context: ssl.SSLContext | None = None
    process: asyncio.subprocess.Process | None = None

    async def answers(self, path: str) -> bool:
        """Say whether a path is served with 200 this very moment."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.context)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        first = await reader.readline()
        writer.close()
        return b" 200 " in first

    async def stop(self) -> None:
        """End its Traefik."""
        if self.process:
            self.process.kill()
            await self.process.wait()
        else:
            await self.proxy.stop()


async def start_ours(folder: Path) -> Contestant:
    """Start our class as a station does: Traefik by itself, with the station's configuration."""
    https, hub_api, hub, api = free_ports(4)
    password, files = secrets.token_urlsafe(32), TlsFiles.of(folder)
    for path in (files.ca, files.ca_key):
        path.parent.mkdir(parents=True)
    ensure_certificate(files, ProxySection(), ["127.0.0.1"], clock.now())
    facts = ProxyFacts(
        https_port=https,
        hub_api_port=hub_api,
        hub_port=hub,
        api_port=api,
        gateway="127.99.0.1",
        users_subnet=USERS_SUBNET,
        certificate=files.certificate,
        key=files.key,
        rules=folder / "rules",
        api_password_hash=hash_api_password(password),
    )
    write_proxy_files(facts, os.getgid())
    process = await asyncio.create_subprocess_exec(
        "traefik",
        f"--configfile={facts.rules / STATIC_FILE}",
        stdout=asyncio.subprocess.DEVNULL,
        env=_variables(),
    )
    proxy = import_item(OURS)(
        public_url=f"https://127.0.0.1:{https}",
        dynamic_config_file=str(facts.served / "routes.yml"),
        traefik_api_url=f"http://127.0.0.1:{api}",
        traefik_api_password=password,
    )
    contestant = Contestant("ours", proxy, https, _trusting(files), process)
    try:
        await proxy.get_all_routes()
    except BaseException:
        await contestant.stop()
        raise
    return contestant


async def start_stock(folder: Path) -> Contestant:
    """Start the stock class at its defaults, files in a folder of the bench's."""
    public, api = free_ports(2)
    proxy = import_item(STOCK)(
        public_url=f"http://127.0.0.1:{public}",
        static_config_file=str(folder / "traefik.toml"),
        dynamic_config_file=str(folder / "rules.toml"),
        traefik_api_url=f"http://127.0.0.1:{api}",
        traefik_env={"PATH": _variables()["PATH"]},
        traefik_log_level="ERROR",
        should_start=True,
    )
    await proxy.start()
    return Contestant("stock", proxy, public)


PEERS = {"stock": start_stock}


def find_peer(name: str) -> Any:
    """Give what starts a peer. Raises BenchFailed with the names there are."""
    if name not in PEERS:
        raise BenchFailed(f"{name}: no such peer; there is {', '.join(PEERS)}")
    return PEERS[name]


def _trusting(files: TlsFiles) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(files.ca))


def _variables() -> dict[str, str]:
    """Give the environment in which `traefik` is the one installed beside this Python."""
    variables = load_variables()
    beside = str(Path(sys.executable).parent)
    return variables | {"PATH": f"{beside}:{variables.get('PATH', os.defpath)}"}


def free_ports(count: int) -> list[int]:
    """Find ports nobody listens on, below those that outgoing connections take at any moment."""
    found: list[int] = []
    while len(found) < count:
        port = 20000 + secrets.randbelow(12000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found += [port] if port not in found else []
    return found
