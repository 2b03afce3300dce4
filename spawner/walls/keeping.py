"""Keeping the walls up: one pass ensures the rules, reads them back, and says so in a file."""

import json
import logging
import os
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Address
from pathlib import Path

from hub.errors import AllotmentError
from hub.networks import load_neighbours, load_resolvers
from hub.settings import load_applied
from hub.station import Station
from spawner.walls.packet_filter import FilterFailed, PacketFilter, find_filters
from spawner.walls.rules import (
    Walls,
    build_removal,
    build_restore,
    build_rules,
    build_rules_v6,
    find_fault,
    parse_opening,
)

log = logging.getLogger(__name__)


def load_walls_of(station: Station) -> Walls:
    """Read what this station's filter must know, from its files and the machine as it is now."""
    opened = load_applied(station.home).network.open
    return Walls(
        station_id=station.id,
        bridge=station.bridge,
        gateway=IPv4Address(station.gateway),
        hub_api_port=station.hub_api_port,
        resolvers=tuple(map(IPv4Address, load_resolvers())),
        neighbours=tuple(load_neighbours(station.bridge)),
        openings=tuple(map(parse_opening, opened)),
    )


def ensure_walls(walls: Walls, filters: Sequence[PacketFilter]) -> None:
    """Write the rules and read them back. Raises FilterFailed when they do not stand."""
    for family in filters:
        rules = build_rules(walls) if family.family == "iptables" else build_rules_v6(walls)
        before = family.load_listing()
        if fault := find_fault(walls, rules, before):
            log.warning("%s: %s; making it anew", family.family, fault)
        family.apply(build_restore(walls, rules, before))
        if fault := find_fault(walls, rules, family.load_listing()):
            raise FilterFailed(f"{family.family}: {fault}")


def remove_walls(walls: Walls, filters: Sequence[PacketFilter]) -> None:
    """Take away every trace of this station; twice is harmless."""
    for family in filters:
        family.apply(build_removal(walls, family.load_listing()))


def keep_once(station: Station, now: datetime) -> bool:
    """Do one pass and write down how it went; nothing that fails ends the unit."""
    error = None
    try:
        ensure_walls(load_walls_of(station), find_filters())
    except (AllotmentError, OSError, ValueError) as failure:
        error = str(failure)
        log.error("The walls are not confirmed: %s", error)  # one line says it
    write_word(station.walls_file, now, error)
    return error is None


def write_word(path: Path, now: datetime, error: str | None) -> None:
    """Write what the hub reads, in one step."""
    word = {"confirmed_at": now.isoformat(), "ok": error is None, "error": error}
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(json.dumps(word) + "\n")
    temporary.chmod(0o644)
    os.replace(temporary, path)
