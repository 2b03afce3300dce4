"""The account page, where a password is changed."""

from collections.abc import Callable

from hub import clock, people
from hub.house import House
from tests.auth.conftest import PASSWORD, Browser

Open = Callable[..., Browser]
Add = Callable[..., str]
NEW = "my own new password"


def change(browser: Browser, current: str, new: str, repeat: str | None = None):
    """Fill in the form."""
    form = {"current": current, "new": new, "repeat": new if repeat is None else repeat}
    return browser.fill_in("/hub/account", form)


def test_a_stranger_is_sent_to_log_in(open_browser: Open) -> None:
    answer = open_browser().http.get("/hub/account")
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/hub/login")


def test_a_one_time_password_leads_to_the_account_page_whatever_next_says(
    open_browser: Open, add: Add
) -> None:
    one_time = add("kim", password=None)
    browser = open_browser()
    assert browser.log_in("kim", one_time, "/hub/token").headers["location"] == "/hub/account"
    again = browser.http.get("/hub/login?next=/hub/token")
    assert again.headers["location"] == "/hub/account"


def test_a_changed_password_is_lasting_and_the_old_one_is_gone(
    hub_house: House, open_browser: Open, add: Add
) -> None:
    one_time = add("lea", password=None)
    browser = open_browser()
    browser.log_in("lea", one_time)
    answer = change(browser, one_time, NEW)
    assert (answer.status_code, answer.headers["location"]) == (302, "/hub/spawn")
    assert people.load_person(hub_house, "lea").must_change_password is False
    assert open_browser().log_in("lea", NEW).headers["location"] == "/hub/spawn"
    assert open_browser().log_in("lea", one_time).status_code == 403


def test_changing_it_ends_every_other_log_in(open_browser: Open, add: Add) -> None:
    add("max")
    here, there = open_browser(), open_browser()
    here.log_in("max", PASSWORD)
    there.log_in("max", PASSWORD)
    assert change(here, PASSWORD, NEW).headers["location"] == "/hub/account?done=1"
    assert here.http.get("/hub/home").status_code == 200
    assert there.http.get("/hub/home").status_code == 302


def test_what_is_wrong_is_said_in_the_form_and_nothing_changes(
    open_browser: Open, add: Add
) -> None:
    add("ned")
    browser = open_browser()
    browser.log_in("ned", PASSWORD)
    said = {
        "short": change(browser, PASSWORD, "seven77"),
        "repeat": change(browser, PASSWORD, NEW, NEW + "!"),
        "same": change(browser, PASSWORD, PASSWORD),
        "current": change(browser, "not the password", NEW),
    }
    assert {key: answer.status_code for key, answer in said.items()} == {
        "short": 400,
        "repeat": 400,
        "same": 400,
        "current": 403,
    }
    assert "at least 8 characters" in said["short"].text
    assert open_browser().log_in("ned", PASSWORD).status_code == 302


def test_a_form_without_its_xsrf_token_changes_nothing(open_browser: Open, add: Add) -> None:
    add("ole")
    browser = open_browser()
    browser.log_in("ole", PASSWORD)
    form = {"current": PASSWORD, "new": NEW, "repeat": NEW}
    assert browser.http.post("/hub/account", data=form).status_code == 403
    assert open_browser().log_in("ole", PASSWORD).status_code == 302


def test_guessing_the_current_password_is_counted_like_a_log_in(
    open_browser: Open, add: Add
) -> None:
    add("pia")
    browser = open_browser("203.0.113.20")
    browser.log_in("pia", PASSWORD)
    guesses = [change(browser, f"guess number {n}", NEW) for n in range(6)]
    assert [guess.status_code for guess in guesses] == [403] * 5 + [429]
    assert int(guesses[-1].headers["retry-after"]) > 0


def test_a_reset_password_must_be_changed_again(
    hub_house: House, open_browser: Open, add: Add
) -> None:
    add("quin")
    one_time = people.reset_password(hub_house, "quin", "test", clock.now())
    assert open_browser().log_in("quin", PASSWORD).status_code == 403
    assert open_browser().log_in("quin", one_time).headers["location"] == "/hub/account"
