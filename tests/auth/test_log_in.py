"""Logging in by the form of a real hub."""

import time
from collections.abc import Callable

from hub import clock, people
from hub.house import House
from tests.auth.conftest import PASSWORD, Browser, ask_who

Open = Callable[..., Browser]
Add = Callable[..., str]


def test_the_right_password_logs_in(open_browser: Open, add: Add) -> None:
    add("ann")
    browser = open_browser()
    answer = browser.log_in("ann", PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (302, "/hub/spawn")
    assert browser.http.get("/hub/home").status_code == 200


def test_capitals_in_a_name_are_the_same_person(open_browser: Open, add: Add) -> None:
    add("bob")
    assert open_browser().log_in(" BoB ", PASSWORD).status_code == 302


def test_after_the_log_in_next_is_followed(open_browser: Open, add: Add) -> None:
    add("bea")
    assert open_browser().log_in("bea", PASSWORD, "/hub/token").headers["location"] == "/hub/token"


def test_a_wrong_password_is_403(open_browser: Open, add: Add) -> None:
    add("cleo")
    answer = open_browser().log_in("cleo", "not the password")
    assert answer.status_code == 403
    assert "Invalid username or password" in answer.text


def test_an_unknown_name_gets_the_same_answer(open_browser: Open) -> None:
    for name in (
        "nobody-here",
        "../x",
        "a" * 300,
        "ännchen",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    ):
        answer = open_browser().log_in(name, "whatever it is")
        assert answer.status_code == 403
        assert "Invalid username or password" in answer.text


def test_a_form_without_its_xsrf_token_is_refused(open_browser: Open, add: Add) -> None:
    add("dora")
    answer = open_browser().http.post("/hub/login", data={"username": "dora", "password": PASSWORD})
    assert answer.status_code == 403


def test_the_sixth_attempt_is_429_even_with_the_right_password(
    open_browser: Open, add: Add
) -> None:
    add("emil")
    browser = open_browser("203.0.113.6")
    assert [browser.log_in("emil", "wrong one").status_code for _ in range(5)] == [403] * 5
    answer = browser.log_in("emil", PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60


def test_the_sixth_attempt_on_an_unknown_name_is_429_without_hashing(open_browser: Open) -> None:
    browser = open_browser("203.0.113.7")
    assert [browser.log_in("ghost", "wrong one").status_code for _ in range(6)][-1] == 429


def test_neither_another_address_nor_another_account_is_touched(
    open_browser: Open, add: Add
) -> None:
    add("fay")
    add("gus")
    browser = open_browser("203.0.113.8")
    for _ in range(6):
        browser.log_in("fay", "wrong one")
    assert browser.log_in("gus", PASSWORD).status_code == 302
    assert open_browser("203.0.113.9").log_in("fay", PASSWORD).status_code == 302


def test_a_log_in_forgets_the_failures_before_it(open_browser: Open, add: Add) -> None:
    add("hal")
    browser = open_browser("203.0.113.10")
    for _ in range(2):
        for _ in range(4):
            assert browser.log_in("hal", "wrong one").status_code == 403
        assert browser.log_in("hal", PASSWORD).status_code == 302
        browser.http.cookies.clear()


def test_a_disabled_person_is_told_so_only_with_the_right_password(
    hub_house: House, open_browser: Open, add: Add
) -> None:
    add("ian")
    people.disable(hub_house, "ian", "test", clock.now())
    right = open_browser().log_in("ian", PASSWORD)
    wrong = open_browser().log_in("ian", "wrong one")
    assert (right.status_code, wrong.status_code) == (403, 403)
    assert "is disabled" in right.text
    assert "is disabled" not in wrong.text


def test_disabling_ends_cookie_and_token_within_seconds(
    hub_house: House, open_browser: Open, add: Add
) -> None:
    add("tess")
    browser = open_browser()
    browser.log_in("tess", PASSWORD)
    token = browser.make_token("tess")
    assert ask_who(hub_house, token).status_code == 200
    people.disable(hub_house, "tess", "test", clock.now())
    end = time.monotonic() + 10
    while time.monotonic() < end:
        by_cookie = browser.http.get("/hub/home").status_code
        by_token = ask_who(hub_house, token).status_code
        if (by_cookie, by_token) == (302, 403):
            return
    raise AssertionError(f"after 10 s the page says {by_cookie}, the API {by_token}")
