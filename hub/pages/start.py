"""The start page's form: what may be started, what it takes, and why the rest can't be had."""

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hub import clock
from hub.house import House
from hub.pages.budget_lines import say_budget
from hub.pages.decks import build_deck, shared_reasons
from hub.pages.language import current_handler, language_of
from hub.pages.menu import AccountMenu, Menu, ProfileMenu, load_menu
from hub.pages.texts import Texts
from hub.policy.ceilings import GPUS, SERVERS, Ceiling
from hub.policy.wording import say
from hub.units import hours_of, share_text

WALLS = ("hard", "firm", "soft")


@dataclass(frozen=True)
class ProfileLine:
    """One profile to choose, with what it gets besides a GPU."""

    name: str
    title: str
    cpus: str
    memory_gib: str


@dataclass(frozen=True)
class AccountLine:
    """One account to choose, with its ceilings as text; "" where none is set."""

    group: str
    gpus: str
    servers: str
    hours: str
    longest: str
    blocked: tuple[str, ...]
    """What forbids every choice on this account."""
    budgets: tuple[str, ...]
    """What is left of every budget that counts."""


@dataclass(frozen=True)
class Picked:
    """What the person sent last time, when this page answers a refusal."""

    profile: str = ""
    gpus: str = ""
    hours: str = ""
    group: str = ""


async def options_form(spawner: Any) -> str:
    """Render the form for one server in the language of the request; `Spawner.options_form`."""
    handler = current_handler() or spawner.handler
    house: House = handler.house
    server = _server_name(handler, spawner)
    find = getattr(spawner, "find_obstacles", None)
    obstacles = await find() if find else ()
    menu = await asyncio.to_thread(
        load_menu, house, spawner.user.name, server, obstacles, clock.now()
    )
    context = build_context(house, menu, Texts(language_of(handler)), _picked(handler))
    html: str = await handler.render_template("start_form.html", server_name=server, **context)
    return html


def build_context(house: House, menu: Menu, t: Texts, picked: Picked) -> dict[str, Any]:
    """Put a menu into what the template shows."""
    accounts = [_account_line(account, t, house) for account in menu.accounts]
    decks = [
        build_deck(account, entry, t, house.zone, picked.gpus)
        for account in menu.accounts
        for entry in account.profiles
    ]
    profiles = [_profile_line(entry, t) for entry in menu.accounts[0].profiles]
    walls = {card.wall for deck in decks for card in deck.cards}
    group = _known(picked.group, [line.group for line in accounts])
    account = next(line for line in accounts if line.group == group)
    return {
        "accounts": accounts,
        "accounts_data": {line.group: _data(line) for line in accounts},
        "profiles": profiles,
        "decks": decks,
        "group": group,
        "profile": _known(picked.profile, [line.name for line in profiles]),
        "hours": picked.hours or account.hours,
        "longest": account.longest,
        "held_gpus": share_text(menu.held_gpus),
        "held_servers": menu.held_servers,
        "free_slots": menu.free_slots,
        "slots": menu.slots,
        "waits": menu.waits,
        "gpu_count": sum(1 for gpu in menu.gpus if gpu.health == "ok"),
        "faulty": ", ".join(f"{g.name} ({g.fault})" for g in menu.gpus if g.health != "ok"),
        "simulated": any(gpu.simulated for gpu in menu.gpus),
        "walls": [wall for wall in WALLS if wall in walls],
        "any_granted": any(card.granted or card.waits for deck in decks for card in deck.cards),
        "any_waits": any(deck.can_wait for deck in decks),
    }


def _account_line(account: AccountMenu, t: Texts, house: House) -> AccountLine:
    return AccountLine(
        group=account.group or "",
        gpus=_value(account.ceilings.get(GPUS)),
        servers=_value(account.ceilings.get(SERVERS)),
        hours=share_text(hours_of(account.duration)),
        longest=share_text(hours_of(account.longest)),
        blocked=tuple(say(reason, t.language, house.zone) for reason in shared_reasons(account)),
        budgets=tuple(say_budget(budget, t) for budget in account.budgets),
    )


def _profile_line(entry: ProfileMenu, t: Texts) -> ProfileLine:
    profile = entry.profile
    title = profile.titles.get(t.language) or profile.titles.get("en") or profile.name
    memory = share_text(Fraction(profile.memory_mib, 1024))
    return ProfileLine(profile.name, title, share_text(profile.cpus), memory)


def _data(line: AccountLine) -> dict[str, Any]:
    """Give what the page's script counts with."""
    return {
        "gpus": line.gpus,
        "servers": line.servers,
        "hours": line.hours,
        "longest": line.longest,
        "blocked": bool(line.blocked),
        "budgets": line.budgets,
    }


def _value(ceiling: Ceiling | None) -> str:
    return share_text(ceiling.value) if ceiling else ""


def _known(name: str, names: list[str]) -> str:
    return name if name in names else names[0]


def _server_name(handler: Any, spawner: Any) -> str:
    """Read the server's name from the address: after a refusal JupyterHub asks the default one."""
    arguments = [part for part in handler.path_args if part]
    return str(arguments[1]) if len(arguments) > 1 else str(spawner.name)


def _picked(handler: Any) -> Picked:
    return Picked(
        **{name: handler.get_body_argument(name, "")[:64] for name in Picked.__annotations__}
    )
