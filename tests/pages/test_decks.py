"""What every card would say is said once above them, and only where it holds for every share."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from hub.pages.cards import Card, build_card
from hub.pages.decks import say_above
from hub.pages.menu import AccountMenu, Choice, ProfileMenu
from hub.pages.texts import Texts
from hub.policy.gpus import Gpu, SlotRange
from hub.policy.outcomes import Denial, Grant, Outcome, Placement, Wait, WouldFit
from hub.policy.profiles import Profile
from hub.policy.reasons import Reason
from tests.pages.conftest import Visitor
from tests.pages.small_hub import MAY

GPU = Gpu("GPU-a", "A100", "local", "A100", 40960, 4)
HALF, WHOLE = Fraction(1, 2), Fraction(1)
HOUR = timedelta(hours=1)
PASSES = Grant(Placement("local"), HOUR, "site")
CHOICES = tuple(Choice(share, PASSES, GPU, 1) for share in (Fraction(0), Fraction(1, 4)))
ACCOUNT = AccountMenu(None, (ProfileMenu(Profile("n"), CHOICES),), {}, 4 * HOUR, 8 * HOUR)


def busy(asked: Fraction, free: int = 0) -> Reason:
    """Say that no GPU has so much free."""
    numbers = {"asked": float(asked), "free_slots": free, "slots": 4, "gpus": 1}
    return Reason("gpu-busy", "free-slots", numbers, "time", MAY + HOUR)


def waits(
    share: Fraction, fit: Fraction = Fraction(0), latest: datetime = MAY + 3 * HOUR, free: int = 0
) -> Wait:
    """Be told to wait for that share while so much would pass."""
    return Wait((busy(share, free),), MAY + HOUR, latest, 2, WouldFit(fit, 8 * HOUR))


def card(share: Fraction, outcome: Outcome) -> Card:
    """Put one share into words."""
    choice = Choice(share, outcome, GPU if share else None, 0)
    return build_card(choice, ACCOUNT, (), Texts("en"), ZoneInfo("UTC"))


@pytest.fixture
def cpu() -> Card:
    """The card of a server without a GPU, which may be had."""
    return card(Fraction(0), PASSES)


def test_a_full_house_is_said_once_above_the_cards(cpu: Card) -> None:
    above, cards = say_above((cpu, card(HALF, waits(HALF)), card(WHOLE, waits(WHOLE))))
    assert above is not None
    assert above.reasons == ("All 4 slots on 1 GPU(s) are taken.",)
    assert above.waits == (
        "You would be number 2 in the waiting list;"
        " your turn would come between 2026-05-04 01:00 and 03:00."
    )
    assert above.would_fit == "A server without a GPU, for up to 8 h, would pass now."
    assert [(c.reasons, c.wait, c.would_fit, c.instead) for c in cards[1:]] == [
        ((), "", "", None)
    ] * 2


def test_a_card_knows_its_place_though_it_is_said_above(cpu: Card) -> None:
    _, cards = say_above((cpu, card(HALF, waits(HALF)), card(WHOLE, waits(WHOLE))))
    assert all(each.waits for each in cards[1:])


def test_cards_keep_what_differs(cpu: Card) -> None:
    later = waits(WHOLE, latest=MAY + 30 * HOUR)
    above, (_, half, whole) = say_above((cpu, card(HALF, waits(HALF)), card(WHOLE, later)))
    assert above is not None
    assert above.waits == ""
    assert half.wait.endswith("between 2026-05-04 01:00 and 03:00.")
    assert whole.wait.endswith("between 2026-05-04 01:00 and 2026-05-05 06:00.")
    partly, (_, one, other) = say_above(
        (cpu, card(HALF, waits(HALF, free=1)), card(WHOLE, waits(WHOLE, free=1)))
    )
    assert partly is not None
    assert partly.reasons == ()
    assert one.reasons != other.reasons


def test_a_smaller_share_that_passes_stays_with_the_card_that_offers_it(cpu: Card) -> None:
    quarter = Fraction(1, 4)
    above, cards = say_above(
        (cpu, card(HALF, waits(HALF, quarter)), card(WHOLE, waits(WHOLE, quarter)))
    )
    assert above is not None
    assert above.would_fit == ""
    assert [each.instead for each in cards[1:]] == ["0.25", "0.25"]


def test_nothing_is_said_above_where_a_share_can_be_had(cpu: Card) -> None:
    slots = (SlotRange("GPU-a", (0, 1)),)
    granted = card(HALF, Grant(Placement("local", slots, 200), HOUR, "site"))
    for cards in (
        (cpu, replace(granted, value="0.25"), card(HALF, waits(HALF)), card(WHOLE, waits(WHOLE))),
        (cpu, card(WHOLE, waits(WHOLE))),
        (cpu, replace(granted, value="2"), granted),
    ):
        assert say_above(cards) == (None, cards)


def test_what_is_taken_and_can_not_be_waited_for_says_the_soonest_time() -> None:
    said = card(HALF, Denial((busy(HALF),))).reasons
    assert said == (
        "All 4 slots on 1 GPU(s) are taken. It passes by itself. Soonest: 2026-05-04 01:00.",
    )


@pytest.mark.parametrize("loan", [False, True])
def test_a_loan_is_said_before_the_start(loan: bool) -> None:
    slots = (SlotRange("GPU-a", (0, 1)),)
    assert card(HALF, Grant(Placement("local", slots, 200), HOUR, "site", loan)).loan is loan


def test_whoever_holds_all_they_may_is_told_once_what_would_pass(
    visit: Callable[[str], Visitor],
) -> None:
    charlie = visit("en")
    charlie.log_in("charlie")
    page = charlie.get("/hub/spawn").text
    deck = page[page.index('data-profile="notebook"') :]
    deck = deck[: deck.index("</fieldset>")]
    assert "No share of a GPU can be had now" in deck
    assert deck.count("A server without a GPU, for up to 8 h, would pass now.") == 1
    assert "Choose a share to wait for it" not in deck
