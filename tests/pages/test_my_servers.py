"""The page of a person's servers, and the pages around it."""

import re
from collections.abc import Callable

from tests.pages.conftest import Visitor


def test_a_running_server_shows_its_share_its_end_and_its_time_left(
    visit: Callable[[str], Visitor],
) -> None:
    charlie = visit("en")
    charlie.log_in("charlie")
    charlie.post("/hub/spawn/charlie/quick", gpus="0", hours="3")
    page = charlie.get("/hub/home").text
    line = page[page.index('data-name="quick"') :]
    assert 'data-state="running"' in line[:60]
    assert re.search(
        r"no GPU · until \d{4}-\d\d-\d\d \d\d:\d\d · (2 h 59 min|3 h 0 min) left", line
    )
    assert 'href="/user/charlie/quick/"' in line
    assert charlie.call("DELETE", "/hub/api/users/charlie/servers/quick").status_code == 204
    assert 'data-state="stopped"' in charlie.get("/hub/home").text


def test_the_default_server_is_listed_before_it_was_ever_started(ann: Visitor) -> None:
    page = ann.get("/hub/home").text
    assert 'data-name="" data-state="stopped"' in page
    assert 'href="/hub/spawn/ann"' in page


def test_a_lease_without_a_server_of_the_hubs_is_listed_too(
    visit: Callable[[str], Visitor],
) -> None:
    bob = visit("en")
    bob.log_in("bob")
    assert 'data-name="field"' in bob.get("/hub/home").text


def test_somebody_with_a_one_time_password_is_led_to_change_it(
    visit: Callable[[str], Visitor],
) -> None:
    newcomer = visit("en")
    page = newcomer.log_in("newcomer")
    assert page.url.path == "/hub/account"
    assert "Choose a password" in page.text
    refused = newcomer.post(
        "/hub/account", current="wrong", new="a new one, long", repeat="another"
    )
    assert refused.status_code == 400
    assert "The two new passwords are not the same." in refused.text


def test_a_wrong_password_is_told_in_the_language_of_the_page(
    visit: Callable[[str], Visitor],
) -> None:
    reader = visit("zh")
    reader.get("/hub/login")
    page = reader.post("/hub/login", username="ann", password="no")
    assert page.status_code == 403
    assert "用户名或密码错误" in page.text
    assert 'value="ann"' in page.text


def test_every_page_names_the_station_and_its_time(ann: Visitor) -> None:
    for path in ("/hub/home", "/hub/spawn", "/hub/account", "/hub/token", "/hub/none"):
        page = ann.get(path).text
        assert "Shihezi Field Station" in page, path
        assert "(Asia/Urumqi)" in page, path


def test_no_page_asks_anything_of_another_machine(ann: Visitor) -> None:
    for path in ("/hub/login", "/hub/home", "/hub/spawn", "/hub/account", "/hub/token"):
        page = ann.get(path).text
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', page) == [], path


def test_our_own_files_may_be_kept_by_browsers_until_they_change(ann: Visitor) -> None:
    style = re.search(r'href="(/hub/look/page\.css\?v=\w+)"', ann.get("/hub/home").text)
    assert style
    answer = ann.get(style[1])
    assert answer.headers["content-type"].startswith("text/css")
    assert "max-age" in answer.headers["cache-control"]


def test_no_file_but_our_own_is_served(ann: Visitor) -> None:
    for path in ("/hub/look/../pages/start.py", "/hub/look/%2e%2e/pages/start.py"):
        assert ann.get(path).status_code in (403, 404)


def test_what_became_of_a_request_is_told_with_its_note(visit: Callable[[str], Visitor]) -> None:
    charlie, root = visit("en"), visit("zh")
    charlie.log_in("charlie")
    root.log_in("root")
    charlie.post("/hub/spawn/charlie/decided", gpus="0", hours="3")
    line = charlie.get("/hub/home").text.partition('data-name="decided"')[2]
    lease = re.search(r'data-lease="(\d+)"', line)
    assert lease is not None
    api = "/hub/api/allotment"
    asked = charlie.call("POST", f"{api}/leases/{lease[1]}/extend", {"hours": 100})
    assert asked.status_code == 202
    assert "Asked for 100 h more" in charlie.get("/hub/home").text
    decision = f"{api}/requests/{asked.json()['id']}/refuse"
    assert root.call("POST", decision, {"note": "not <b>now</b>"}).status_code == 200
    page = charlie.get("/hub/home").text
    assert "root refused 100 h more. not &lt;b&gt;now&lt;/b&gt;" in page
    assert charlie.call("DELETE", "/hub/api/users/charlie/servers/decided").status_code == 204
