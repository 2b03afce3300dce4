"""What the page of a person's servers shows: each with its state, its lease and its time left."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub import clock
from hub.house import House
from hub.pages.texts import Language, Texts
from hub.pages.times import say_span
from hub.policy.leases import Lease, State
from hub.policy.people import SITE
from hub.policy.wording import say_time
from hub.store import asks
from hub.store import leases as rows
from hub.store.asks import Request
from hub.store.offers import is_unclaimed
from hub.store.people import find_person
from hub.units import hours_of, share_text

SOON = timedelta(minutes=30)


@dataclass(frozen=True)
class ServerLine:
    """One server of a person's; `state` is running, starting, stopping or stopped."""

    name: str
    title: str
    state: str
    url: str
    facts: tuple[str, ...]
    note: str
    lease: int | None = None
    """The lease whose time may be extended now; None where there is none."""
    soon: bool = False
    """Whether it ends within half an hour."""
    keep_going: bool | None = None
    """None for a server without a GPU, whose work is not measured."""
    asked: str = ""
    """What was asked of whoever may decide, and what they decided."""


@dataclass(frozen=True)
class _Reader:
    """In whose language, zone and moment the lines are written."""

    t: Texts
    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True)
class _Held:
    """The lease of one server, and the newest request of every lease that has one."""

    lease: Lease | None
    asked: dict[int, Request]


async def load_servers(house: House, user: Any, language: Language) -> list[ServerLine]:
    """Load a person's servers, the default one first; our database is asked in a thread."""
    leases, asked = await asyncio.to_thread(_load_leases, house, user.name)
    reader = _Reader(Texts(language), house.zone, clock.now())
    spawners = {spawner.name: spawner for spawner in user.all_spawners(include_default=True)}
    spawners.setdefault("", user.spawner)
    return [
        _line(
            reader, name, user.server_url(name), spawners.get(name), _Held(leases.get(name), asked)
        )
        for name in sorted(spawners.keys() | leases.keys())
    ]


def _load_leases(house: House, name: str) -> tuple[dict[str, Lease], dict[int, Request]]:
    """Load the leases that hold a person's servers, by name, and what was last asked for each."""
    with house.database.read() as db:
        person = find_person(db, name)
        found = rows.load_open_of(db, person) if person else ()
        held = {lease.server: lease for lease in found if not is_unclaimed(lease)}
        asked = {lease.id: asks.find_latest(db, lease.id) for lease in held.values()}
    return held, {number: ask for number, ask in asked.items() if ask is not None}


def _line(reader: _Reader, name: str, url: str, spawner: Any | None, held: _Held) -> ServerLine:
    lease = held.lease
    line = ServerLine(
        name=name,
        title=name or reader.t("home.default_server"),
        state=_state(spawner, lease),
        url=url,
        facts=tuple(_facts(reader, lease)) if lease else (),
        note=lease.note if lease else "",
    )
    if lease is None or lease.state is not State.ACTIVE or lease.expires_at is None:
        return line
    asked = held.asked.get(lease.id)
    return replace(
        line,
        lease=None if lease.reclaim_at else lease.id,
        soon=lease.expires_at - reader.now <= SOON,
        keep_going=lease.keep_going if lease.parts else None,
        asked=_say_asked(reader.t, asked) if asked else "",
    )


def _say_asked(t: Texts, request: Request) -> str:
    """Say what somebody asked for, or what became of it."""
    hours = share_text(hours_of(request.more))
    if request.state == asks.OPEN:
        return t("home.asked", hours=hours)
    note = f" {request.note}" if request.note else ""
    if request.state == asks.GRANTED:
        return t("home.asked_granted", hours=hours, by=request.decided_by or "", note=note)
    return t("home.asked_refused", hours=hours, by=request.decided_by or "", note=note)


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
    if lease.reclaim_at is not None:
        facts.append(t("home.reclaimed", time=say_time(lease.reclaim_at, reader.zone)))
    elif lease.loan:
        facts.append(t("home.loan"))
    if lease.account != SITE:
        facts.append(t("home.on_account", account=lease.account.removeprefix("group:")))
    return facts
