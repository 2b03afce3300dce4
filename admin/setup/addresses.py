"""How people reach this machine: the host in the station's address, and all names it answers to."""

import json
import socket
from ipaddress import ip_address
from typing import Any

from admin.setup.programs import answer

LOCAL = ("localhost", "127.0.0.1", "::1")
VIRTUAL = ("docker", "br-", "al", "veth", "virbr", "lo")


def choose_host(wanted: str) -> str:
    """Choose the host people type: the setting, a full name that leads here, or an address."""
    if wanted:
        return wanted
    addresses = load_addresses()
    full_name = socket.getfqdn().lower()
    if "." in full_name and _leads_to(full_name, addresses):
        return full_name
    return next(iter(addresses), "127.0.0.1")


def build_names(host: str) -> list[str]:
    """Give every name and address for the certificate, the chosen host first."""
    names = [host, *LOCAL, socket.gethostname().lower(), *load_addresses()]
    return [name for name in dict.fromkeys(names) if name.isascii() and "_" not in name]


def load_addresses() -> list[str]:
    """Give this machine's own addresses: those of the link that leads out, version 4 first.

    Where nothing leads out, those of every link that is no engine's bridge.
    """
    listed = json.loads(answer(["ip", "-j", "address", "show", "scope", "global"]) or "[]")
    first = _outgoing()
    links = [_addresses_of(link) for link in listed if _is_own(link)]
    found = next((link for link in links if first in link), [a for link in links for a in link])
    found.sort(key=lambda address: (address != first, ip_address(address).version))
    return found or ([first] if first else [])


def _is_own(link: dict[str, Any]) -> bool:
    return not str(link.get("ifname", "lo")).startswith(VIRTUAL)


def _addresses_of(link: dict[str, Any]) -> list[str]:
    return [entry["local"] for entry in link.get("addr_info", []) if "local" in entry]


def _outgoing() -> str | None:
    """Give the address the default route would send from; asking sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _leads_to(name: str, addresses: list[str]) -> bool:
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None)}
    except OSError:
        return False
    return bool(found & set(addresses))
