"""The cards of one profile on one account; what all of them would say is said once, above."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from hub.pages.cards import Card, build_card, reasons_of
from hub.pages.menu import AccountMenu, ProfileMenu
from hub.pages.texts import Texts
from hub.policy.reasons import Reason


@dataclass(frozen=True)
class Above:
    """What holds for every share of a GPU, where none can be had now; "" where they differ."""

    reasons: tuple[str, ...] = ()
    waits: str = ""
    would_fit: str = ""
    instead: str = ""
    instead_hours: str = ""


@dataclass(frozen=True)
class Deck:
    """The cards of one profile on one account; `above` is None where some share can be had."""

    group: str
    profile: str
    cards: tuple[Card, ...]
    chosen: str
    above: Above | None
    can_wait: bool
    """Whether any of its shares may be waited for."""


def build_deck(
    account: AccountMenu, entry: ProfileMenu, t: Texts, zone: ZoneInfo, picked: str
) -> Deck:
    """Deal the cards of a profile; chosen is what was picked before, else what can be had."""
    shared = shared_reasons(account)
    cards = tuple(build_card(choice, account, shared, t, zone) for choice in entry.choices)
    granted = [card.value for card in cards if card.granted]
    with_gpu = [value for value in granted if value != "0"]
    may = [*granted, *(card.value for card in cards if card.waits)]
    chosen = picked if picked in may else next(iter(with_gpu or granted), "")
    above, left = say_above(cards)
    can_wait = any(card.waits for card in cards)
    return Deck(account.group or "", entry.profile.name, left, chosen, above, can_wait)


def say_above(cards: Sequence[Card]) -> tuple[Above | None, tuple[Card, ...]]:
    """Take from the cards what every share of a GPU says alike, where none can be had now."""
    off = [card for card in cards if card.value != "0" and not card.granted]
    if len(off) < 2 or any(card.granted for card in cards if card.value != "0"):
        return None, tuple(cards)
    first = off[0]
    above = Above(
        reasons=tuple(said for said in first.reasons if all(said in c.reasons for c in off)),
        waits=first.waits if all(card.waits == first.waits for card in off) else "",
    )
    fits = {(card.would_fit, card.instead, card.instead_hours) for card in off}
    if len(fits) == 1 and first.instead == "0":
        above = replace(
            above,
            would_fit=first.would_fit,
            instead=first.instead,
            instead_hours=first.instead_hours,
        )
    if above == Above():
        return None, tuple(cards)
    return above, tuple(_without(card, above) if card in off else card for card in cards)


def shared_reasons(account: AccountMenu) -> tuple[Reason, ...]:
    """Find the reasons that hold whatever is chosen."""
    held = [reasons_of(choice) for entry in account.profiles for choice in entry.choices]
    if not held:
        return ()
    return tuple(r for r in held[0] if all(r in reasons for reasons in held))


def _without(card: Card, above: Above) -> Card:
    return replace(
        card,
        reasons=tuple(said for said in card.reasons if said not in above.reasons),
        wait="" if above.waits else card.wait,
        would_fit="" if above.would_fit else card.would_fit,
        instead=None if above.would_fit else card.instead,
    )
