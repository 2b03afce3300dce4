"""Time left on the page of one's servers, and what a manager decides there."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.pages.conftest import Visitor

API = "/hub/api/allotment"
People = Callable[[str], Visitor]


@pytest.fixture
def people(visit: Callable[[str], Visitor]) -> People:
    """Logs people in by name; each reads English."""

    def log_in(name: str) -> Visitor:
        found = visit("en")
        found.log_in(name)
        return found

    return log_in


def _line(page: str, server: str) -> str:
    """Cut the line of one server out of a page."""
    line = page[page.index(f'data-name="{server}"') :]
    return line[: line.index("</li>")]


def _lease(line: str) -> str:
    found = re.search(r'data-lease="(\d+)"', line)
    assert found, line
    return found[1]


@pytest.fixture
def asked(people: People) -> Iterator[str]:
    """Bob asked for 100 h more; refused at the end if nobody decided before."""
    bob = people("bob")
    lease = _lease(_line(bob.get("/hub/home").text, "field"))
    said = bob.call("POST", f"{API}/leases/{lease}/extend", {"hours": 100})
    assert said.status_code == 202, said.text
    request = str(said.json()["id"])
    yield request
    people("root").call("POST", f"{API}/requests/{request}/refuse", {})


def test_a_running_server_can_be_extended_and_kept_going(people: People) -> None:
    bob = people("bob")
    line = _line(bob.get("/hub/home").text, "field")
    assert "Extend by one hour" in line
    assert "Keep going" in line
    assert "checked" not in line
    path = f"{API}/leases/{_lease(line)}"
    assert bob.call("PATCH", path, {"keep_going": True}).status_code == 200
    assert "checked" in _line(bob.get("/hub/home").text, "field")
    bob.call("PATCH", path, {"keep_going": False})


def test_a_server_without_a_gpu_has_nothing_to_be_kept_going_by(people: People) -> None:
    charlie = people("charlie")
    charlie.post("/hub/spawn/charlie/plain", gpus="0", hours="1")
    line = _line(charlie.get("/hub/home").text, "plain")
    assert "Extend by one hour" in line
    assert "Keep going" not in line
    charlie.call("DELETE", "/hub/api/users/charlie/servers/plain")


def test_a_server_that_does_not_run_has_no_time_to_extend(ann: Visitor) -> None:
    assert "Extend" not in _line(ann.get("/hub/home").text, "")


def test_what_was_asked_for_is_shown_until_it_is_decided(people: People, asked: str) -> None:
    bob = people("bob")
    assert "Asked for 100 h more" in _line(bob.get("/hub/home").text, "field")
    tess = people("tess")
    body = {"note": "after the harvest"}
    assert tess.call("POST", f"{API}/requests/{asked}/refuse", body).status_code == 200
    page = bob.get("/hub/home").text
    assert "Asked for" not in _line(page, "field")
    assert "tess refused more time for field." in page
    assert "<q>after the harvest</q>" in page


def test_a_manager_sees_what_their_group_asks_for_and_an_administrator_too(
    people: People, asked: str
) -> None:
    for name in ("tess", "root"):
        page = people(name).get("/hub/home").text
        assert f'data-request="{asked}"' in page, name
        assert "bob asks for 100 h more on field" in page
        assert "0.5 GPU" in page


@pytest.mark.parametrize("name", ["ann", "bob", "charlie"])
def test_who_manages_nothing_decides_nothing(people: People, asked: str, name: str) -> None:
    page = people(name).get("/hub/home").text
    assert "data-request" not in page
    assert "To be decided by you" not in page


def test_a_manager_does_not_decide_what_they_asked_for_themselves(people: People) -> None:
    tess = people("tess")
    tess.post("/hub/spawn/tess/own", gpus="0", hours="1")
    lease = _lease(_line(tess.get("/hub/home").text, "own"))
    said = tess.call("POST", f"{API}/leases/{lease}/extend", {"hours": 100})
    assert said.status_code == 202, said.text
    request = said.json()["id"]
    assert f'data-request="{request}"' not in tess.get("/hub/home").text
    decided = tess.call("POST", f"{API}/requests/{request}/grant", {})
    assert decided.status_code == 403
    tess.call("DELETE", "/hub/api/users/tess/servers/own")
