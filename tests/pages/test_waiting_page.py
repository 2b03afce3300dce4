"""The waiting page and what comes after it: the notebook, or the reason and the way back."""

from collections.abc import Callable, Iterator

import pytest

from tests.pages.conftest import Visitor


@pytest.fixture(scope="module")
def waiting(ann: Visitor) -> Iterator[Visitor]:
    """Ann, whose server `stuck` waits at the gate."""
    page = ann.post("/hub/spawn/ann/stuck", gpus="0")
    assert page.url.path == "/hub/spawn-pending/ann/stuck"
    yield ann
    ann.call("DELETE", "/hub/api/users/ann/servers/stuck")


def test_the_waiting_page_follows_the_events_of_its_own_server(waiting: Visitor) -> None:
    page = waiting.get("/hub/spawn-pending/ann/stuck").text
    assert 'data-progress="/hub/api/users/ann/servers/stuck/progress?_xsrf=' in page
    assert 'data-server="stuck"' in page


def test_the_waiting_page_works_without_scripts(waiting: Visitor) -> None:
    page = waiting.get("/hub/spawn-pending/ann/stuck").text
    assert '<noscript><meta http-equiv="refresh" content="4"></noscript>' in page


def test_what_happens_is_said_to_whoever_cannot_see_it(waiting: Visitor) -> None:
    page = waiting.get("/hub/spawn-pending/ann/stuck").text
    assert 'id="now" role="status"' in page
    assert 'role="progressbar"' in page


def test_the_waiting_page_has_every_step_in_chinese_too(
    waiting: Visitor, visit: Callable[[str], Visitor]
) -> None:
    reader = visit("zh")
    reader.log_in("ann")
    page = reader.get("/hub/spawn-pending/ann/stuck").text
    assert "正在创建容器" in page
    assert "排队等待启动" in page


def test_a_start_that_failed_shows_its_sentence_and_the_way_back(ann: Visitor) -> None:
    ann.post("/hub/spawn/ann/faulty", gpus="0")
    page = ann.get("/hub/spawn-pending/ann/faulty")
    assert page.status_code == 400
    assert "Your server did not start" in page.text
    assert "Your server ended while starting (status 1)" in page.text
    assert "&lt;torch&gt;" in page.text
    assert 'href="/hub/spawn/ann/faulty"' in page.text


def test_a_failure_is_told_in_the_language_of_whoever_reads_it(
    ann: Visitor, visit: Callable[[str], Visitor]
) -> None:
    ann.post("/hub/spawn/ann/faulty", gpus="0")
    reader = visit("zh")
    reader.log_in("ann")
    page = reader.get("/hub/spawn-pending/ann/faulty").text
    assert "您的服务器在启动时退出" in page
    assert "Your server ended" not in page


def test_a_server_that_is_not_there_can_be_started_from_its_own_address(ann: Visitor) -> None:
    page = ann.get("/hub/user/ann/")
    assert page.status_code == 424
    assert "Your server is not running" in page.text
    assert "/hub/spawn/ann?next=" in page.text
