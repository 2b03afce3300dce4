"""The waiting list in front of people: joining it, seeing one's place, leaving it."""

import re
import time
from collections.abc import Callable, Iterator

import pytest

from tests.pages.conftest import Visitor

WITHIN_S = 20


@pytest.fixture
def waiting(visit: Callable[[str], Visitor]) -> Iterator[Visitor]:
    """Ann, who waits for a whole GPU; her place is given up at the end."""
    found = visit("en")
    found.log_in("ann")
    said = found.post("/hub/spawn/ann/whole", gpus="1", hours="2", group="field-lab")
    assert said.status_code == 429, said.text
    yield found
    for ticket in found.call("GET", "/hub/api/allotment/tickets").json()["items"]:
        found.call("DELETE", f"/hub/api/allotment/tickets/{ticket['id']}")


def test_joining_is_answered_with_the_place_and_where_to_look(waiting: Visitor) -> None:
    said = waiting.post("/hub/spawn/ann/whole", gpus="1", hours="2", group="field-lab")
    assert said.status_code == 429
    assert said.headers["Allotment-Reason"] == "waiting"
    assert f"/hub/api/allotment/tickets/{said.headers['Allotment-Ticket']}" in said.headers["Link"]
    assert "You are in the waiting list" in said.text
    assert "<h2>This was not started" not in said.text


@pytest.mark.parametrize("path", ["/hub/home", "/hub/spawn", "/hub/spawn/ann/whole"])
def test_a_place_stands_at_the_top_of_the_pages(waiting: Visitor, path: str) -> None:
    page = waiting.get(path).text
    assert "Waiting for 1 GPU on whole" in page
    assert "You are number 1 in the waiting list" in page
    assert "No GPU has 1 free now" in page
    assert "Leave the list" in page
    assert page.index("Waiting for 1 GPU") < page.index(
        'id="servers"' if "home" in path else "deck"
    )


def test_a_place_is_told_in_chinese_too(waiting: Visitor, visit: Callable[[str], Visitor]) -> None:
    reader = visit("zh-CN")
    reader.log_in("ann")
    page = reader.get("/hub/home").text
    assert "whole 正在等待 1 块 GPU" in page
    assert "您在等待列表中排第 1 位" in page


def test_a_place_is_nobody_elses_to_see(waiting: Visitor, visit: Callable[[str], Visitor]) -> None:
    bob = visit("en")
    bob.log_in("bob")
    assert "Waiting for 1 GPU" not in bob.get("/hub/home").text


def test_who_leaves_the_list_sees_the_place_no_more(waiting: Visitor) -> None:
    page = waiting.get("/hub/home").text
    ticket = re.search(r'data-ticket="(\d+)"', page)
    assert ticket
    said = waiting.call("DELETE", f"/hub/api/allotment/tickets/{ticket[1]}")
    assert said.status_code == 200
    assert "Waiting for 1 GPU" not in waiting.get("/hub/home").text


def test_without_a_gpu_the_same_server_starts_and_the_place_stays(waiting: Visitor) -> None:
    waiting.post("/hub/spawn/ann/whole", gpus="0", hours="1", group="field-lab")
    page = waiting.get("/hub/home").text
    line = page[page.index('data-name="whole"') :]
    assert 'data-state="running"' in line[:60]
    assert "Waiting for 1 GPU on whole" in page
    assert waiting.call("DELETE", "/hub/api/users/ann/servers/whole").status_code == 204


def test_who_is_told_late_to_wait_sees_it_on_the_page_of_that_start(
    visit: Callable[[str], Visitor],
) -> None:
    tess = visit("en")
    tess.log_in("tess")
    page = tess.post("/hub/spawn/tess/late", gpus="1", hours="2")
    assert page.status_code == 200
    give_up = time.monotonic() + WITHIN_S
    while "You are in the waiting list" not in page.text and time.monotonic() < give_up:
        page = tess.get("/hub/spawn-pending/tess/late")
    assert "<h1>You are in the waiting list</h1>" in page.text
    assert "Waiting for 1 GPU on late" in page.text
    assert "did not start" not in page.text
    for ticket in tess.call("GET", "/hub/api/allotment/tickets").json()["items"]:
        tess.call("DELETE", f"/hub/api/allotment/tickets/{ticket['id']}")
