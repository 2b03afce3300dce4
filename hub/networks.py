"""The users' network: choosing a subnet nobody has, its bridge, and whether its walls stand.

The choice is pure; reading what the machine routes is beside it. Nothing here changes the machine.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, collapse_addresses, ip_network
from pathlib import Path

from hub.errors import AllotmentError

PREFIX = 22
"""Room for a thousand containers; a station has five hundred people."""
POOLS = tuple(map(IPv4Network, ("172.16.0.0/12", "10.0.0.0/8", "192.168.0.0/16")))
EVERYWHERE = 8
"""A route shorter than this is a way out, a default route or a VPN's halves; it takes nothing."""
CONFIRMED_FOR = timedelta(seconds=30)
CLOCK_SLACK = timedelta(seconds=5)
RESOLVERS = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
"""systemd-resolved hides the true name servers behind 127.0.0.53; Docker asks the true ones."""
ROUTE_TABLE = Path("/proc/net/route")
NO_GATEWAY = "00000000"


class NoSubnetFree(AllotmentError):
    """No private subnet is free on this machine for the users' network."""


@dataclass(frozen=True)
class WallsFact:
    """Whether the packet filter was confirmed a moment ago, and if not, why."""

    confirmed: bool
    confirmed_at: datetime | None
    error: str


def choose_subnet(taken: Iterable[IPv4Network], prefix: int = PREFIX) -> IPv4Network:
    """Choose the first subnet, from the top of each private pool down, that meets nothing taken.

    From the top, since Docker and most sites count from the bottom. Raises NoSubnetFree.
    """
    occupied = [network for network in taken if network.prefixlen >= EVERYWHERE]
    for pool in POOLS:
        step = 2 ** (32 - prefix)
        start = int(pool.broadcast_address) + 1 - step
        while start >= int(pool.network_address):
            candidate = IPv4Network((start, prefix))
            met = [other for other in occupied if other.overlaps(candidate)]
            if not met:
                return candidate
            start = min(start, *(int(other.network_address) // step * step for other in met)) - step
    raise NoSubnetFree


def bridge_name(station_id: str) -> str:
    """Give the name of a station's bridge; Linux allows 15 characters."""
    return f"al{station_id}"


def bridge_options(station_id: str) -> dict[str, str]:
    """Give the options of the users' Docker network: own bridge, no container reaches another."""
    return {
        "com.docker.network.bridge.name": bridge_name(station_id),
        "com.docker.network.bridge.enable_icc": "false",
    }


def load_taken(docker_subnets: Iterable[str] = ()) -> list[IPv4Network]:
    """Read what a new subnet must not meet: routes of all tables, resolvers, Docker's networks."""
    texts = [*docker_subnets, *load_resolvers(), *_routed()]
    return [network for text in texts for network in _parse(text)]


def load_neighbours(but: str, path: Path = ROUTE_TABLE) -> list[IPv4Network]:
    """Read the networks this machine stands in itself, `but` those of one bridge."""
    rows = [line.split() for line in path.read_text().splitlines()[1:]]
    onlink = [row for row in rows if row[2] == NO_GATEWAY and row[0] != but]
    found = [IPv4Network((_address(row[1]), str(IPv4Address(_address(row[7]))))) for row in onlink]
    return list(collapse_addresses(n for n in found if n.prefixlen >= EVERYWHERE))


def _address(text: str) -> int:
    """Read the kernel's way of writing an address: hexadecimal, in the machine's byte order."""
    return int.from_bytes(int(text, 16).to_bytes(4, sys.byteorder), "big")


def load_resolvers(paths: Iterable[Path] = RESOLVERS) -> list[str]:
    """Read the machine's name servers, those of version 4 that a container could ask."""
    lines = [line for path in paths if path.is_file() for line in path.read_text().splitlines()]
    words = [line.split() for line in lines]
    servers = [word[1] for word in words if len(word) > 1 and word[0] == "nameserver"]
    asked = [text for text in servers if not text.startswith("127.") and list(_parse(text))]
    return list(dict.fromkeys(asked))


def load_walls(path: Path, now: datetime) -> WallsFact:
    """Read what `walls` last confirmed; an old, missing or unreadable word is none.

    A time ahead of `now` counts no more than an old one: the wall clock may have been set.
    """
    try:
        said = json.loads(path.read_text())
        at = datetime.fromisoformat(said["confirmed_at"])
        age = now - at
        ok, error = said["ok"] is True, str(said["error"] or "")
    except (OSError, ValueError, KeyError, TypeError):
        return WallsFact(confirmed=False, confirmed_at=None, error="walls has not said a word yet")
    if ok and not -CLOCK_SLACK <= age <= CONFIRMED_FOR:
        return WallsFact(False, at, f"walls last confirmed at {at.isoformat()}")
    return WallsFact(ok, at, error)


def _routed() -> list[str]:
    """Give the destinations of all routes in all tables; "default" is no network."""
    command = ["ip", "-4", "-j", "route", "show", "table", "all"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    return [route["dst"] for route in json.loads(answer.stdout or "[]")]


def _parse(text: str) -> Iterator[IPv4Network]:
    """Give the network of a text, nothing for one of version 6 or for none."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return
    if isinstance(network, IPv4Network):
        yield network
