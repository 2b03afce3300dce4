"""What the page of a person's servers shows: each with its state, its lease and its time left."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub import clock
from hub.house import House
from hub.pages.texts import Language, Texts
from hub.pages.times import say_span
from hub.policy.leases import Lease, State
from hub.policy.people import SITE
from hub.policy.wording import say_time
from hub.store import leases as rows
from hub.store.people import find_person
from hub.units import hours_of, share_text


@dataclass(frozen=True)
class ServerLine:
    """One server of a person's; `state` is running, starting, stopping or stopped."""

    name: str
    title: str
    state: str
    url: str
    facts: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class _Reader:
    """In whose language, zone and moment the lines are written."""

    t: Texts
    zone: ZoneInfo
    now: datetime


async def load_servers(house: House, user: Any, language: Language) -> list[ServerLine]:
    """Load a person's servers, the default one first; our database is asked in a thread."""
    leases = await asyncio.to_thread(_load_leases, house, user.name)
    reader = _Reader(Texts(language), house.zone, clock.now())
    spawners = {spawner.name: spawner for spawner in user.all_spawners(include_default=True)}
    spawners.setdefault("", user.spawner)
    return [
        _line(reader, name, user.server_url(name), spawners.get(name), leases.get(name))
        for name in sorted(spawners.keys() | leases.keys())
    ]


def _load_leases(house: House, name: str) -> dict[str, Lease]:
    with house.database.read() as db:
        person = find_person(db, name)
        found = rows.load_open_of(db, person) if person else ()
    return {lease.server: lease for lease in found}


def _line(
    reader: _Reader, name: str, url: str, spawner: Any | None, lease: Lease | None
) -> ServerLine:
    return ServerLine(
        name=name,
        title=name or reader.t("home.default_server"),
        state=_state(spawner, lease),
        url=url,
        facts=tuple(_facts(reader, lease)) if lease else (),
        note=lease.note if lease else "",
    )


def _state(spawner: Any | None, lease: Lease | None) -> str:
    pending = getattr(spawner, "pending", None)
    if pending == "stop" or (lease is not None and lease.state is State.CLOSING):
        return "stopping"
    if pending:
        return "starting"
    if getattr(spawner, "ready", False):
        return "running"
    return "stopped"


def _facts(reader: _Reader, lease: Lease) -> list[str]:
    t = reader.t
    facts = [t("home.share", gpus=share_text(lease.share)) if lease.share else t("home.no_gpu")]
    if lease.expires_at is None:
        facts.append(t("home.counts_later", hours=share_text(hours_of(lease.duration))))
    else:
        facts.append(t("home.until", time=say_time(lease.expires_at, reader.zone)))
        facts.append(t("home.left", left=say_span(lease.expires_at - reader.now, t)))
    if lease.account != SITE:
        facts.append(t("home.on_account", account=lease.account.removeprefix("group:")))
    return facts
