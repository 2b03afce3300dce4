"""The start page: what may be had, what can't and why, and what came of a refusal."""

import re
from collections.abc import Callable

from tests.pages.conftest import Visitor


def _card(page: str, share: str, profile: str = "notebook", group: str = "field-lab") -> str:
    """Cut one card out of a page."""
    deck = re.search(
        rf'<fieldset class="deck" data-group="{group}" data-profile="{profile}".*?</fieldset>',
        page,
        re.DOTALL,
    )
    assert deck
    cards = deck[0].split('<div class="card')[1:]
    return next(card for card in cards if f'name="gpus" value="{share}"' in card)


def test_a_share_that_may_be_had_says_what_it_takes_and_how_many_are_free(ann: Visitor) -> None:
    card = _card(ann.get("/hub/spawn").text, "0.25")
    assert 'data-takes="0.25"' in card
    assert "disabled" not in card
    assert "¼ GPU" in card
    assert "4 GiB of Simulated GPU" in card
    assert "2 such free now" in card


def test_an_impossible_share_says_why_and_what_would_pass(ann: Visitor) -> None:
    card = _card(ann.get("/hub/spawn").text, "0.5", group="visitors")
    assert "disabled" in card
    assert "You may hold 0.25 GPU at once" in card
    assert "0.25 GPU for up to 8 h would pass now." in card
    assert 'data-take="0.25"' in card


def test_a_share_that_is_taken_may_be_waited_for_with_place_and_estimate(ann: Visitor) -> None:
    card = _card(ann.get("/hub/spawn").text, "1")
    assert "disabled" not in card
    assert "to be waited for" in card
    assert "You would be number 1 in the waiting list; your turn would come" in card
    assert "No GPU has 1 free now: 2 of 8 slots on 2 GPU(s) are free." in card
    assert 'data-take="0.5"' in card


def test_every_reason_is_on_the_card_not_the_first(visit: Callable[[str], Visitor]) -> None:
    bob = visit("en")
    bob.log_in("bob")
    card = _card(bob.get("/hub/spawn").text, "1")
    assert "You may hold 1 GPU at once" in card
    assert "No GPU has 1 free now" in card


def test_each_account_has_its_own_cards(ann: Visitor) -> None:
    page = ann.get("/hub/spawn").text
    assert "disabled" not in _card(page, "0.5", group="field-lab")
    assert "You may hold 0.25 GPU at once" in _card(page, "0.5", group="visitors")


def test_each_profile_has_the_shares_it_offers(ann: Visitor) -> None:
    page = ann.get("/hub/spawn").text
    deck = page[page.index('data-profile="teaching"') :]
    deck = deck[: deck.index("</fieldset>")]
    assert re.findall(r'name="gpus" value="([^"]+)"', deck) == ["0", "0.25"]


def test_a_simulated_gpu_and_the_wall_around_a_share_are_named(ann: Visitor) -> None:
    page = ann.get("/hub/spawn").text
    assert "simulated" in _card(page, "0.25")
    assert "soft wall" in _card(page, "0.25")
    assert "yours alone" in _card(page, "1")


def test_the_start_page_is_in_chinese_for_whoever_reads_it(
    visit: Callable[[str], Visitor],
) -> None:
    reader = visit("zh-CN")
    reader.log_in("ann")
    page = reader.get("/hub/spawn").text
    card = _card(page, "1")
    assert "教学笔记本" in page
    assert "目前分配不出 1 块 GPU" in card
    assert "模拟" in card


def test_times_are_those_of_the_stations_zone(ann: Visitor) -> None:
    page = ann.get("/hub/spawn").text
    assert "Asia/Urumqi" in page
    assert '"zone": "Asia/Urumqi"' in page


def test_a_refusal_shows_the_form_again_with_its_reasons_in_both_languages(ann: Visitor) -> None:
    page = ann.post("/hub/spawn", profile="notebook", gpus="0", hours="99", group="field-lab")
    assert page.status_code == 400
    assert page.headers["Allotment-Reason"] == "hours-quota"
    assert 'id="refused"' in page.text
    assert '<div lang="en" class="refusal"><p>A server of yours may run 8 h' in page.text
    assert '<div lang="zh" class="refusal"><p>您的服务器最长' in page.text


def test_what_was_asked_is_still_chosen_after_a_refusal(ann: Visitor) -> None:
    page = ann.post("/hub/spawn", profile="teaching", gpus="0.25", hours="99", group="visitors")
    assert page.status_code == 400
    assert 'value="visitors" selected' in page.text
    assert 'name="hours" id="hours"' in page.text
    assert 'value="99"' in page.text
    chosen = _card(page.text, "0.25", "teaching", "visitors")
    assert " checked" in chosen


def test_a_refused_named_server_is_shown_its_own_form_again(ann: Visitor) -> None:
    page = ann.post("/hub/spawn/ann/second", gpus="-1")
    assert page.status_code == 400
    assert "Start the server second" in page.text
    assert 'action="/hub/spawn/ann/second"' in page.text


def test_what_a_person_types_is_never_markup(ann: Visitor) -> None:
    page = ann.post("/hub/spawn", gpus="<script>alert(1)</script>", group="<b>x</b>", hours="<i>")
    assert page.status_code == 400
    assert "<script>alert" not in page.text
    assert "<b>x</b>" not in page.text


def test_the_form_is_not_taken_without_its_token(ann: Visitor) -> None:
    answer = ann.http.post("/hub/spawn", data={"gpus": "0"}, headers={"Sec-Fetch-Mode": "navigate"})
    assert answer.status_code == 403
    assert "This page is not yours to see." in answer.text
