"""The station's own facts: chosen once, kept in state/station.json, brought up to date by `up`."""

import grp
import hashlib
import os
import pwd
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network
from pathlib import Path

from admin.setup.failure import SetupFailed
from admin.setup.folders import replace_file
from hub.networks import EVERYWHERE, bridge_name, choose_subnet
from hub.settings import Settings
from hub.station import GpuAccess, Images, NoStation, Station, Uids, file_of, load
from hub.version import VERSION

RANGE = 60_000
"""How many uids from `users.uid_base` on are the station's."""
FIRST_PORT = 20_000
PORTS = 12_000
ID_FILE = Path("/etc/machine-id")


def choose_id(home: Path, machine: str) -> str:
    """Choose a station's id: the same for the same home on the same machine, and for no other."""
    return hashlib.sha256(f"{machine}\n{home.resolve()}".encode()).hexdigest()[:8]


def load_machine_id() -> str:
    """Give what tells this machine from others, if it has such a thing."""
    return ID_FILE.read_text().strip() if ID_FILE.is_file() else ""


def choose_ports(station_id: str, free: Callable[[int], bool], count: int) -> list[int]:
    """Choose free ports, beginning at a place of the station's own."""
    start = int(station_id, 16) % PORTS
    chosen: list[int] = []
    for step in range(PORTS):
        port = FIRST_PORT + (start + step) % PORTS
        if free(port):
            chosen.append(port)
        if len(chosen) == count:
            return chosen
    raise SetupFailed(f"no free ports between {FIRST_PORT} and {FIRST_PORT + PORTS}")


def build_uids(base: int) -> Uids:
    """Give the units their uids."""
    return Uids(hub=base + 1, steward=base + 2, agent=base + 3, console=base + 4)


def ensure_uids_free(base: int, taken: Iterable[tuple[int, int, str]]) -> None:
    """Refuse a range of uids in which somebody already has one; `taken` is (first, count, who)."""
    end = base + RANGE
    for first, count, who in taken:
        if first < end and base < first + count:
            raise SetupFailed(
                f"users.uid_base {base}: the ids {base} to {end - 1} are to be the station's, but "
                f"{first} belongs to {who}; set users.uid_base in allotment.toml to a free range"
            )


def load_taken_ids() -> list[tuple[int, int, str]]:
    """Give every id that passwd, group, subuid, subgid and NSS know of."""
    taken = [(user.pw_uid, 1, f"the user {user.pw_name}") for user in pwd.getpwall()]
    taken += [(group.gr_gid, 1, f"the group {group.gr_name}") for group in grp.getgrall()]
    for name in ("/etc/subuid", "/etc/subgid"):
        path = Path(name)
        for line in path.read_text().splitlines() if path.is_file() else []:
            owner, _, numbers = line.partition(":")
            first, _, count = numbers.partition(":")
            if first.isdigit() and count.isdigit():
                taken.append((int(first), int(count), f"{owner} in {name}"))
    return taken


def load_previous(home: Path) -> Station | None:
    """Give the facts of the last `up`, if there was one; a damaged file is not guessed at."""
    try:
        return load(home)
    except NoStation:
        if file_of(home).exists():
            raise
        return None


def choose_facts(
    home: Path, settings: Settings, free: Callable[[int], bool], taken: Iterable[IPv4Network]
) -> Station:
    """Choose a new station's facts; `free` tells of ports, `taken` are this machine's networks."""
    base = settings.users.uid_base
    ensure_uids_free(base, load_taken_ids())
    station_id = choose_id(home, load_machine_id())
    ports = choose_ports(station_id, free, 3)
    subnet = choose_subnet(taken)
    return Station(
        id=station_id,
        home=home,
        bridge=bridge_name(station_id),
        network=f"allotment-{station_id}",
        subnet=str(subnet),
        gateway=gateway_of(subnet),
        hub_port=ports[0],
        hub_api_port=ports[1],
        traefik_api_port=ports[2],
        https_port=settings.proxy.https_port,
        public_url="",
        host="",
        gid=base,
        uids=build_uids(base),
        cores=1,
        images=Images(cpu="", cuda="", station="", proxy=""),
        gpu_access="none",
        docker_socket=Path("/"),
        version=VERSION,
    )


def choose_again(
    station: Station, free: Callable[[int], bool], taken: Iterable[IPv4Network]
) -> Station:
    """Give a lowered station's facts with new ports or a new subnet for what others took since."""
    ports = [station.hub_port, station.hub_api_port, station.traefik_api_port]
    if not all(map(free, ports)):
        ports = choose_ports(station.id, free, len(ports))
    subnet = IPv4Network(station.subnet)
    occupied = [network for network in taken if network.prefixlen >= EVERYWHERE]
    if any(network.overlaps(subnet) for network in occupied):
        subnet = choose_subnet(occupied)
    return station.model_copy(
        update={
            "hub_port": ports[0],
            "hub_api_port": ports[1],
            "traefik_api_port": ports[2],
            "subnet": str(subnet),
            "gateway": gateway_of(subnet),
        }
    )


def gateway_of(subnet: IPv4Network) -> str:
    """Give the machine's own address in the users' network: the first."""
    return str(next(subnet.hosts()))


def renew_facts(
    station: Station,
    settings: Settings,
    host: str,
    images: Images,
    access: GpuAccess,
    engine_socket: Path,
) -> Station:
    """Give a station's facts with everything that may change from one `up` to the next."""
    if station.gid != settings.users.uid_base:
        raise SetupFailed(
            f"users.uid_base was {station.gid} at the first up and files belong to it: set it back"
        )
    port = settings.proxy.https_port
    shown = f"[{host}]" if ":" in host else host
    return station.model_copy(
        update={
            "https_port": port,
            "host": host,
            "public_url": f"https://{shown}" + ("" if port == 443 else f":{port}"),
            "cores": len(os.sched_getaffinity(0)),
            "images": images,
            "gpu_access": access,
            "docker_socket": engine_socket,
            "version": VERSION,
        }
    )


def keep_facts(station: Station) -> bool:
    """Write station.json, readable by every unit; says whether it changed."""
    return replace_file(file_of(station.home), station.model_dump_json(indent=2) + "\n")
