"""What a person waits for, as it stands at the top of their pages: place, estimate and reason."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub import clock, waiting
from hub.house import House
from hub.pages.texts import Language, Texts
from hub.pages.times import say_span
from hub.policy.leases import Lease, State
from hub.policy.outcomes import Wait
from hub.policy.people import SITE
from hub.policy.tickets import Ticket, TicketState
from hub.policy.wording import say, say_time, say_wait
from hub.store import leases
from hub.store.offers import find_holder, is_unclaimed
from hub.units import hours_of, share_text


@dataclass(frozen=True)
class PlaceLine:
    """One ticket of a person's; `offered` while its lease is held for them to take."""

    id: int
    title: str
    facts: str
    place: str
    reason: str
    offered: bool
    until: str
    seconds: int
    """How long an offer still stands."""


async def load_places(house: House, user: str, language: Language) -> list[PlaceLine]:
    """Load what a person waits for, offers first; our database is asked in a thread."""
    found = await asyncio.to_thread(_load, house, user)
    t, now = Texts(language), clock.now()
    return [_line(ticket, offer, t, house.zone, now) for ticket, offer in found]


def _load(house: House, user: str) -> list[tuple[Ticket, Lease | None]]:
    found = waiting.load_own(house, user)
    with house.database.read() as db:
        return [(ticket, _offer(db, ticket)) for ticket in found]


def _offer(db: Any, ticket: Ticket) -> Lease | None:
    """Load the offer that its owner must take; None where it starts by itself, or has started."""
    if ticket.state is not TicketState.OFFERED or ticket.lease_id is None:
        return None
    lease = leases.load_lease(db, ticket.lease_id)
    holder = find_holder(db, ticket.person_id, ticket.server)
    runs = holder is not None and holder.state is not State.CLOSING
    return lease if is_unclaimed(lease) and (runs or not ticket.auto_start) else None


def _line(
    ticket: Ticket, offer: Lease | None, t: Texts, zone: ZoneInfo, now: datetime
) -> PlaceLine:
    until = offer.offer_until if offer else None
    waits = ticket.state is TicketState.WAITING
    return PlaceLine(
        id=ticket.id,
        title=t(
            "place.title",
            gpus=share_text(ticket.gpus),
            server=ticket.server or t("home.default_server"),
        ),
        facts=_facts(ticket, t),
        place=_place(ticket, t, zone) if waits else t("place.offered" if until else "place.begins"),
        reason=say(ticket.reason, t.language, zone) if waits and ticket.reason else "",
        offered=until is not None,
        until=t("place.until", time=say_time(until, zone), left=say_span(until - now, t))
        if until
        else "",
        seconds=max(int((until - now).total_seconds()), 0) if until else 0,
    )


def _place(ticket: Ticket, t: Texts, zone: ZoneInfo) -> str:
    if not ticket.position:
        return t("place.not_judged")
    wait = Wait((), ticket.earliest, ticket.latest, ticket.position)
    return say_wait(wait, t.language, zone)


def _facts(ticket: Ticket, t: Texts) -> str:
    facts = [t("start.cost_hours", hours=share_text(hours_of(ticket.duration)))]
    if ticket.account != SITE:
        facts.append(t("home.on_account", account=ticket.account.removeprefix("group:")))
    return " · ".join(facts)
