"""The users' network: a subnet that meets no route of this machine, on a bridge of its own."""

import json
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, ip_network
from pathlib import Path

from admin.setup.failure import SetupFailed
from admin.setup.programs import Runner, answer
from hub.station import Station

PREFIX = 20
"""Room for four thousand servers."""
POOLS = (ip_network("10.201.0.0/16"), ip_network("172.28.0.0/14"), ip_network("10.0.0.0/8"))
RESOLVERS = Path("/etc/resolv.conf")


def choose_subnet(taken: Iterable[IPv4Network]) -> IPv4Network:
    """Choose the first candidate that overlaps nothing that is taken."""
    occupied = list(taken)
    for pool in POOLS:
        for candidate in pool.subnets(new_prefix=PREFIX):
            if isinstance(candidate, IPv4Network) and not any(
                candidate.overlaps(other) for other in occupied
            ):
                return candidate
    raise SetupFailed("no private subnet is free for the users' network")


def pick_network(_bridge: str) -> tuple[str, str]:
    """Pick subnet and gateway for a new station on this machine."""
    subnet = choose_subnet(load_taken_subnets())
    return str(subnet), str(next(subnet.hosts()))


def load_taken_subnets() -> Iterator[IPv4Network]:
    """Give what this machine routes, what its engine's networks hold, and its resolvers."""
    for route in json.loads(answer(["ip", "-4", "-j", "route", "show", "table", "all"]) or "[]"):
        yield from _parse(str(route.get("dst", "")))
    listed = (answer(["docker", "network", "ls", "-q"]) or "").split()
    form = "{{range .IPAM.Config}}{{.Subnet}} {{end}}"
    networks = answer(["docker", "network", "inspect", "--format", form, *listed]) if listed else ""
    for subnet in (networks or "").split():
        yield from _parse(subnet)
    for line in RESOLVERS.read_text().splitlines() if RESOLVERS.is_file() else []:
        if line.startswith("nameserver "):
            yield from _parse(line.split()[1])


def _parse(text: str) -> Iterator[IPv4Network]:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return  # "default", or a version 6 address
    if isinstance(network, IPv4Network) and network.prefixlen:
        yield network


def ensure_network(station: Station, runner: Runner) -> None:
    """Make the users' network, on which containers do not reach each other."""
    form = "{{(index .IPAM.Config 0).Subnet}}"
    found = answer(["docker", "network", "inspect", "--format", form, station.network])
    if found == station.subnet:
        return
    if found is not None:
        runner.run(
            ["docker", "network", "rm", station.network],
            f"the network {station.network} is not the station's own and can't be removed",
        )
    runner.run(
        [
            *("docker", "network", "create", "--driver", "bridge"),
            *("--subnet", station.subnet, "--gateway", station.gateway),
            *("--opt", f"com.docker.network.bridge.name={station.bridge}"),
            *("--opt", "com.docker.network.bridge.enable_icc=false"),
            *("--label", f"allotment.station={station.id}", station.network),
        ],
        f"the users' network {station.subnet} can't be made",
    )
