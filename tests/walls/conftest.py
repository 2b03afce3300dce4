"""A station's machine with two servers behind its bridge, a neighbour, and the world outside."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from spawner.walls.keeping import ensure_walls, remove_walls
from spawner.walls.packet_filter import PacketFilter
from spawner.walls.rules import Walls
from tests.walls.namespaces import EVERY_ADDRESS, Machine, run

ID = "0123abcd"
WALLS = Walls(
    station_id=ID,
    bridge=f"al{ID}",
    gateway=IPv4Address("172.30.0.1"),
    hub_api_port=20001,
)


@dataclass
class Street:
    """The machines of one test.

    station stands on the bridge, beside neighbour (a public network of its own) and router;
    behind router are the world (8.8.4.4) and a private host (10.9.9.9).
    """

    station: Machine
    ann: Machine
    bob: Machine
    neighbour: Machine
    router: Machine
    backend: str = "nft"

    @property
    def machines(self) -> list[Machine]:
        return [self.station, self.ann, self.bob, self.neighbour, self.router]

    @property
    def filters(self) -> list[PacketFilter]:
        return [PacketFilter(family, self.backend) for family in ("iptables", "ip6tables")]

    def ensure(self, walls: Walls) -> None:
        self.station.inside(lambda: ensure_walls(walls, self.filters))

    def remove(self, walls: Walls) -> None:
        self.station.inside(lambda: remove_walls(walls, self.filters))

    def listing(self, family: int = 0) -> str:
        return self.station.inside(self.filters[family].load_listing)


def make_street() -> Street:
    """Name the machines; nothing is made yet."""
    names = ("station", "ann", "bob", "neighbour", "router")
    return Street(*(Machine(f"walls{os.getpid()}-{name}") for name in names))


def build(street: Street) -> None:
    """Make and cable the machines; every one listens on port 80."""
    for machine in street.machines:
        machine.start()
    station = street.station
    station.ip("link", "add", WALLS.bridge, "type", "bridge")
    for number, server in enumerate((street.ann, street.bob), start=2):
        station.plug(f"v{number}", server, "eth0")
        station.ip("link", "set", f"v{number}", "master", WALLS.bridge, "up")
        server.ip("address", "add", f"172.30.0.{number}/22", "dev", "eth0")
        server.ip("link", "set", "eth0", "up")
        server.ip("route", "add", "default", "via", "172.30.0.1")
    station.ip("address", "add", "172.30.0.1/22", "dev", WALLS.bridge)
    station.ip("link", "set", WALLS.bridge, "up")
    cable(street, street.neighbour, "lan0", "150.0.0")
    cable(street, street.router, "lan1", "151.0.0")
    station.ip("route", "add", "default", "via", "151.0.0.2")
    for address in ("8.8.4.4/32", "10.9.9.9/32", "169.254.169.254/32"):
        street.router.ip("address", "add", address, "dev", "lo")
    station.inside(lambda: run("sysctl", "-qw", "net.ipv4.ip_forward=1"))
    for machine in street.machines:
        machine.listen(EVERY_ADDRESS, 80)


def cable(street: Street, machine: Machine, link: str, network: str) -> None:
    """Join a machine to the station by a network of two."""
    street.station.plug(link, machine, "eth0")
    street.station.ip("address", "add", f"{network}.1/24", "dev", link)
    street.station.ip("link", "set", link, "up")
    machine.ip("address", "add", f"{network}.2/24", "dev", "eth0")
    machine.ip("link", "set", "eth0", "up")
    machine.ip("route", "add", "172.30.0.0/22", "via", f"{network}.1")


@pytest.fixture
def street() -> Iterator[Street]:
    """The machines, without walls yet."""
    made = make_street()
    try:
        build(made)
        yield made
    finally:
        for machine in made.machines:
            machine.remove()


@pytest.fixture
def walls() -> Walls:
    """This station's walls as they are by default, the neighbour's network known."""
    return replace(WALLS, neighbours=(IPv4Network("150.0.0.0/24"),))
