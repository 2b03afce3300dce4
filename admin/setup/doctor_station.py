"""Doctor's look at the station of a home: each promise of `up`, checked again."""

import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from admin.setup import base_image, checks, facts, readiness, secret_files, tls
from admin.setup.database import say_why
from admin.setup.failure import SetupFailed
from admin.setup.findings import Finding, judge
from admin.setup.status import RUNNING, load_units
from hub.engine.client import Engine
from hub.errors import AllotmentError
from hub.gpus.errors import GpusUnknown
from hub.gpus.over_agent import AgentGpus
from hub.house import House, open_house
from hub.networks import load_walls
from hub.policy.wording import say_time
from hub.settings import SETTINGS_NAME, Settings, SettingsError, load, load_applied
from hub.station import Station
from hub.store.duties import STEWARD, find_holder
from hub.store.leases import load_open
from hub.store.usage import newest_entry
from hub.units import from_parts, share_text
from hub.unkept import load_unkept

UP = "./allotment up"
OTHERS = 0o077
"""The rights to a file of everybody but its owner."""
DURABLE = (
    {"journal_mode": "wal", "synchronous": "2"},
    {"synchronous_commit": "on"},
)


def check_station(home: Path, now: datetime) -> Iterator[Finding]:
    """Check the station; where there is none, say so and no more."""
    yield _settings(home)
    try:
        house = open_house(home)
    except AllotmentError as problem:
        yield Finding("station", False, "error", str(problem), UP)
        return
    station = house.station
    yield Finding("station", True, "info", f"station {station.id} at {home}")
    yield _ids(station)
    yield from _images(station)
    yield from _units(station)
    yield _certificate(house, now)
    yield _served(house)
    yield _walls(station, now)
    yield _agent(station)
    yield _secrets(station)
    yield check_password(home, house.settings)
    yield from check_books(house, now)
    yield _reserve(house)


def _settings(home: Path) -> Finding:
    try:
        wanted = load(home / SETTINGS_NAME)
    except SettingsError as problem:
        remedy = "correct the file; the station goes on with its last good settings"
        return Finding("settings", False, "error", str(problem), remedy)
    if (home / "state").is_dir() and wanted != load_applied(home):
        message = "allotment.toml has changes that are not applied"
        return Finding("settings", False, "warning", message, UP)
    return Finding("settings", True, "info", "allotment.toml is applied")


def _ids(station: Station) -> Finding:
    try:
        facts.ensure_uids_free(station.gid, facts.load_taken_ids())
    except SetupFailed as problem:
        remedy = "take those ids from the other account, or move people's files with their owner"
        return Finding("ids", False, "error", str(problem), remedy)
    return Finding("ids", True, "info", f"the ids from {station.gid} on are the station's alone")


def _images(station: Station) -> Iterator[Finding]:
    for name in filter(None, station.images.model_dump().values()):
        there = base_image.has_image(name)
        yield judge("image", there, f"the image {name} is {'there' if there else 'missing'}", UP)


def _units(station: Station) -> Iterator[Finding]:
    for unit in load_units(Engine(station.docker_socket), station):
        name, state = unit["name"], unit["state"]
        remedy = f"{UP}; then docker logs {station.prefix}-{name}-1"
        yield judge("unit", state == RUNNING, f"the unit {name} is {state}", remedy)


def _certificate(house: House, now: datetime) -> Finding:
    ends = tls.load_expiry(tls.TlsFiles.of(house.station.home).certificate)
    message = f"the certificate ends on {ends.astimezone(house.zone).date().isoformat()}"
    own = bool(house.settings.proxy.certificate)
    remedy = f"get a new certificate, then {UP}" if own else UP
    return judge("certificate", ends - tls.RENEW_BEFORE > now, message, remedy, severity="warning")


def _served(house: House) -> Finding:
    ca = None if house.settings.proxy.certificate else house.station.ca_file
    problem = readiness.is_served(house.station, ca)
    message = problem or f"{house.station.public_url} is served"
    return judge("served", problem is None, message, UP)


def _walls(station: Station, now: datetime) -> Finding:
    fact = load_walls(station.walls_file, now)
    remedy = f"docker logs {station.prefix}-walls-1; no server starts until they are confirmed"
    return judge("walls", fact.confirmed, fact.error or "the walls are confirmed", remedy)


def _agent(station: Station) -> Finding:
    token = station.load_secret("hub", "agent_token")
    remedy = f"docker logs {station.prefix}-agent-1"
    try:
        inventory = AgentGpus(station.agent_socket, token).load()
    except GpusUnknown as problem:
        return Finding("agent", False, "error", f"the agent does not tell: {problem}", remedy)
    faulty = [gpu for gpu in inventory.gpus if gpu.health != "ok"]
    if faulty:
        message = "; ".join(f"{gpu.uuid}: {gpu.fault}" for gpu in faulty)
        return Finding("agent", False, "warning", message, "look at the machine's kernel log")
    return Finding("agent", True, "info", f"the agent tells of {len(inventory.gpus)} GPUs")


def _secrets(station: Station) -> Finding:
    wrong = []
    for holders in secret_files.SHARED.values():
        for unit, name in holders:
            path = station.secret_file(unit, name)
            if not path.is_file() or stat.S_IMODE(os.stat(path).st_mode) != secret_files.PRIVATE:
                wrong.append(f"{unit}/{name}")
    message = f"secrets missing or open to others: {', '.join(wrong)}" if wrong else "all closed"
    return judge("secrets", not wrong, message, UP)


def check_password(home: Path, settings: Settings) -> Finding:
    """Check that a database's password in allotment.toml is not for everybody to read."""
    file = home / SETTINGS_NAME
    closed = make_url(settings.database.url or "sqlite://").password is None or (
        not file.exists() or not stat.S_IMODE(os.stat(file).st_mode) & OTHERS
    )
    message = "no password lies open" if closed else f"{file} holds a password, open to others"
    return judge("password", closed, message, f"chmod 600 {file}", severity="warning")


def check_books(house: House, now: datetime) -> list[Finding]:
    """Check what the database tells; one that does not answer is a finding, and the only one."""
    try:
        acting, windows = check_acting(house, now), check_windows(house, now)
        return [*_database(house, now), acting, windows]
    except SQLAlchemyError as problem:
        remedy = "look at the disk and the files of state/db"
        if not house.database.sqlite:
            remedy = (
                "start PostgreSQL, or correct database.url and ./allotment up; nothing is lost,"
                " and the units go on by themselves as soon as it answers"
            )
        message = f"the database does not answer: {say_why(problem)}"
        return [Finding("database", False, "error", message, remedy)]


def _database(house: House, now: datetime) -> Iterator[Finding]:
    durability = house.database.durability()
    message = ", ".join(f"{key} {value}" for key, value in durability.items())
    remedy = "set synchronous_commit = on for the station's database"
    yield judge("database", durability in DURABLE, message, remedy)
    with house.database.read() as db:
        newest = newest_entry(db)
        stuck = [lease for lease in load_open(db) if lease.state.value == "closing"]
    ahead = newest is not None and newest > now
    message = f"the clock says {now.astimezone(house.zone).isoformat(timespec='seconds')}"
    remedy = "set the clock: timedatectl set-time, or date --set; the ledger is ahead of it"
    yield judge("clock", not ahead, message, remedy)
    message = f"{len(stuck)} leases are closing"
    remedy = "./allotment lease list says why"
    yield judge("closing", not stuck, message, remedy, severity="warning")


def check_acting(house: House, now: datetime) -> Finding:
    """Check that a steward acts: without one nobody's turn comes and no time ends."""
    with house.database.read() as db:
        held = find_holder(db, STEWARD)
    acts = held is not None and held[1] > now
    message = "a steward acts" if acts else "no steward acts: no turn comes, and no time ends"
    remedy = f"docker logs {house.station.prefix}-steward-1; a killed one is replaced within 20 s"
    return judge("acting", acts, message, remedy)


def check_windows(house: House, now: datetime) -> Finding:
    """Check that every reserved window of the coming 60 days can be kept as things stand."""
    found = load_unkept(house, now)
    remedy = (
        "./allotment lease list shows what runs then: lease revoke ID ends one;"
        " or reservation remove ID"
    )
    message = "every reserved window of the coming 60 days can be kept"
    if found:
        first = found[0]
        promised, healthy = (share_text(from_parts(n)) for n in (first.promised, first.healthy))
        message = (
            f"{len(found)} reserved windows can't be kept, the first reservation"
            f" {first.window.reservation_id} of {first.window.account}: at"
            f" {say_time(first.at, house.zone)} {promised} GPU are promised, {healthy} are healthy"
        )
    return judge("reservations", not found, message, remedy, severity="warning")


def _reserve(house: House) -> Finding:
    reserve = house.settings.storage.reserve_gib
    free = checks.free_gib_at(house.station.home)
    message = f"{free:.1f} GiB free, {reserve:g} GiB are kept free for the station"
    return judge("reserve", free >= reserve, message, "make room; until then no server starts")
