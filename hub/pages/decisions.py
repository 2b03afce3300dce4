"""What waits for a decision of whoever looks: more time that people of their groups asked for."""

import asyncio
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub import asks
from hub.house import House
from hub.pages.texts import Language, Texts
from hub.policy.leases import Lease
from hub.policy.people import SITE
from hub.policy.rights import Actor, may_decide
from hub.policy.wording import say_time
from hub.store import leases
from hub.store.asks import Request
from hub.store.people import find_person
from hub.store.rights import load_actor
from hub.units import hours_of, share_text


@dataclass(frozen=True)
class DecisionLine:
    """One request; `title` says who wants how much more, `facts` of what."""

    id: int
    title: str
    facts: str


async def load_decisions(house: House, user: str, language: Language) -> list[DecisionLine]:
    """Load the open requests a person may decide; our database is asked in a thread."""
    found = await asyncio.to_thread(_load, house, user)
    t = Texts(language)
    return [_line(request, lease, t, house.zone) for request, lease in found]


def _load(house: House, user: str) -> list[tuple[Request, Lease]]:
    with house.database.read() as db:
        person = find_person(db, user)
        if person is None or person.disabled:
            return []
        actor = load_actor(db, user)
    if not actor.admin and not actor.manages:
        return []
    theirs = [ask for ask in asks.load_requests(house, actor) if _decides(actor, ask)]
    with house.database.read() as db:
        return [(ask, leases.load_lease(db, ask.lease_id)) for ask in theirs]


def _decides(actor: Actor, ask: Request) -> bool:
    own = actor.person_id == ask.person_id
    return may_decide(actor, ask.account) is not None and (actor.admin or not own)


def _line(ask: Request, lease: Lease, t: Texts, zone: ZoneInfo) -> DecisionLine:
    facts = [t("home.share", gpus=share_text(lease.share)) if lease.share else t("home.no_gpu")]
    if lease.expires_at is not None:
        facts.append(t("home.until", time=say_time(lease.expires_at, zone)))
    if ask.account != SITE:
        facts.append(t("home.on_account", account=ask.account.removeprefix("group:")))
    hours = share_text(hours_of(ask.more))
    server = lease.server or t("home.default_server")
    title = t("decide.title", user=ask.user, hours=hours, server=server)
    return DecisionLine(ask.id, title, " · ".join(facts))
