"""What the start menu counts and draws, without a hub."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from hub.pages.cards import build_card, draw
from hub.pages.menu import Menu, build_menu, count_free
from hub.pages.texts import Texts
from hub.pages.times import say_span
from hub.policy.board import lay_out
from hub.policy.ceilings import Quota
from hub.policy.floor import Floor
from hub.policy.gpus import Gpu, TakenSlot
from hub.policy.outcomes import Denial, Outcome, Wait
from hub.policy.people import Person
from hub.policy.profiles import Profile
from hub.policy.reasons import Reason
from hub.policy.snapshot import Snapshot
from hub.policy.tickets import Ticket
from tests.pages.small_hub import MAY

CARD = Gpu("GPU-a", "A100", "local", "A100", 40960, 4)
SECOND = replace(CARD, uuid="GPU-b")
BROKEN = replace(CARD, uuid="GPU-c", health="fault", fault="Xid 79")
SLICE = replace(CARD, uuid="MIG-a", kind="1g.10gb", slots=1, sliced=True, isolation="hard")
ANY = Profile("notebook")
HALF, WHOLE = Fraction(1, 2), Fraction(1)


def _menu(*gpus: Gpu, ceilings: dict[str, int] | None = None, groups: tuple[str, ...] = ()) -> Menu:
    person = Person(1, "ann", 201000, groups=groups, primary_group=groups[-1] if groups else None)
    values = {"gpus": 2, "servers": 1, "lease_hours": 8} if ceilings is None else ceilings
    return build_menu(
        Snapshot(
            floor=Floor(now=MAY, gpus=gpus, taken=(), node="local", profiles={"notebook": ANY}),
            person=person,
            server="",
            ceilings={("site", kind): Quota(Fraction(value)) for kind, value in values.items()},
            own=(),
        )
    )


@pytest.mark.parametrize(
    ("share", "taken", "free"),
    [
        (Fraction(1, 4), (), 8),
        (HALF, (), 4),
        (HALF, ("GPU-a",), 3),
        (WHOLE, ("GPU-a",), 1),
        (Fraction(2), (), 1),
        (Fraction(2), ("GPU-b",), 0),
        (Fraction(1, 3), (), 0),
        (Fraction(0), (), 0),
    ],
)
def test_the_shares_free_now_are_counted(
    share: Fraction, taken: tuple[str, ...], free: int
) -> None:
    board = lay_out((CARD, SECOND), [TakenSlot(uuid, 0, None) for uuid in taken])
    assert count_free(board, ANY, share) == free


def test_neither_a_broken_gpu_nor_an_unnamed_slice_is_counted_as_free() -> None:
    assert count_free(lay_out((CARD, BROKEN, SLICE), ()), ANY, WHOLE) == 1


def test_a_share_is_drawn_as_beds_of_its_gpus() -> None:
    assert draw(HALF, CARD) == ((True, True, False, False),)
    assert draw(Fraction(2), CARD) == ((True,) * 4,) * 2
    assert draw(WHOLE, SLICE) == ((True,),)
    assert draw(Fraction(0), None) == ()


def test_the_primary_group_comes_first() -> None:
    menu = _menu(CARD, groups=("visitors", "field-lab"))
    assert [account.group for account in menu.accounts] == ["field-lab", "visitors"]


def test_whoever_is_in_no_group_has_the_site_as_account() -> None:
    assert [account.group for account in _menu(CARD).accounts] == [None]


def test_without_any_quota_nothing_may_be_started_and_no_time_is_offered() -> None:
    account = _menu(CARD, ceilings={}).accounts[0]
    assert account.longest == account.duration == timedelta()
    texts = [
        build_card(choice, account, (), Texts("en"), ZoneInfo("UTC"))
        for choice in account.profiles[0].choices
    ]
    assert not any(card.granted for card in texts)
    assert all(card.reasons for card in texts)


def test_a_reason_told_once_at_the_top_is_not_told_on_each_card() -> None:
    account = _menu(CARD, ceilings={"gpus": 1, "lease_hours": 8}).accounts[0]
    shared = (Reason("server-quota", "none", {"asked": 1}),)
    cards = [
        build_card(choice, account, shared, Texts("en"), ZoneInfo("UTC"))
        for choice in account.profiles[0].choices
    ]
    assert [card.reasons for card in cards] == [()] * len(cards)


@pytest.mark.parametrize(
    ("span", "english", "chinese"),
    [
        (timedelta(seconds=20), "a moment", "片刻"),
        (timedelta(minutes=-5), "a moment", "片刻"),
        (timedelta(minutes=59), "59 min", "59 分钟"),
        (timedelta(hours=3, minutes=5), "3 h 5 min", "3 小时 5 分钟"),
        (timedelta(days=3, hours=2, minutes=9), "3 d 2 h", "3 天 2 小时"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(
    span: timedelta, english: str, chinese: str
) -> None:
    assert say_span(span, Texts("en")) == english
    assert say_span(span, Texts("zh")) == chinese


def test_no_card_offers_to_wait_for_more_servers_than_one_may_wait_for() -> None:
    profiles = {"notebook": ANY}
    floor = Floor(MAY, (CARD,), _all_taken(), "local", profiles)
    quotas = {("site", k): Quota(Fraction(8)) for k in ("gpus", "servers", "lease_hours")}
    there = Ticket(7, 1, "ann", "other", "site", HALF, timedelta(hours=1), MAY)
    ann = Snapshot(floor, Person(1, "ann", 201000), "", quotas, ())
    free, bound = build_menu(ann), build_menu(replace(ann, elsewhere=(there,)))
    assert {type(outcome) for outcome in _gpu_outcomes(free)} == {Wait}
    for outcome in _gpu_outcomes(bound):
        assert isinstance(outcome, Denial)
        assert [r.rule for r in outcome.reasons] == ["tickets-each", "free-slots"]
        assert outcome.would_fit is not None


def _all_taken() -> tuple[TakenSlot, ...]:
    until = MAY + timedelta(hours=2)
    return tuple(TakenSlot("GPU-a", slot, until, 1, 9) for slot in range(4))


def _gpu_outcomes(menu: Menu) -> list[Outcome]:
    return [c.outcome for c in menu.accounts[0].profiles[0].choices if c.share]
