"""Which language a person reads."""

from collections.abc import Callable

import httpx
import pytest

from hub.pages.language import choose_language
from tests.pages.conftest import Visitor


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, None, "en"),
        (None, "", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "zh", "zh"),
        (None, "zh-Hant-TW", "zh"),
        (None, "ZH-cn", "zh"),
        (None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "en;q=0.5, zh-CN;q=0.9", "zh"),
        (None, "fr, zh;q=0.3, en;q=0.2", "zh"),
        (None, "fr-FR,de", "en"),
        (None, "*", "en"),
        (None, "zh;q=0, en;q=0.1", "en"),
        (None, "zh;q=nonsense, en", "en"),
        (None, "zh;q=nan", "en"),
        (None, "zh;q=2", "en"),
        (None, ";;;,,=", "en"),
        (None, "zhuang", "en"),
        (None, "fr," * 10_000 + "zh", "en"),
        ("zh", "en-GB", "zh"),
        ("en", "zh-CN", "en"),
        ("fr", "zh-CN", "zh"),
        ("", "zh-CN", "zh"),
    ],
)
def test_the_cookie_decides_then_the_browser_then_english(
    cookie: str | None, header: str | None, language: str
) -> None:
    assert choose_language(cookie, header) == language


def test_a_browser_that_asks_for_chinese_is_answered_in_chinese(
    visit: Callable[[str], Visitor],
) -> None:
    page = visit("zh-CN,zh;q=0.9").get("/hub/login")
    assert '<html lang="zh-Hans">' in page.text
    assert "用户名" in page.text


def test_everybody_else_is_answered_in_english(visit: Callable[[str], Visitor]) -> None:
    page = visit("fr").get("/hub/login")
    assert '<html lang="en">' in page.text
    assert "Password" in page.text


def test_the_switch_is_remembered_and_leads_back(visitor: Visitor) -> None:
    page = visitor.get("/hub/language/zh?next=%2Fhub%2Flogin")
    assert page.url.path == "/hub/login"
    assert "用户名" in page.text
    assert "用户名" in visitor.get("/hub/login").text


def test_the_switch_on_a_page_names_that_page(ann: Visitor) -> None:
    assert (
        "/hub/language/zh?next=%2Fhub%2Fspawn%2Fann%2Ffield" in ann.get("/hub/spawn/ann/field").text
    )


def test_the_switch_after_a_refusal_does_not_repeat_the_start(ann: Visitor) -> None:
    page = ann.post("/hub/spawn?_xsrf=" + ann.xsrf, gpus="-1")
    assert page.status_code == 400
    assert "next=%2Fhub%2Fspawn&#34;" in page.text or 'next=%2Fhub%2Fspawn"' in page.text


def test_the_switch_leads_nowhere_else(hub_url: str) -> None:
    answer = httpx.get(f"{hub_url}/hub/language/zh?next=https%3A%2F%2Fevil.example%2F")
    assert answer.status_code == 302
    assert answer.headers["location"] == "/hub/home"


def test_the_cookie_is_for_the_hub_only(hub_url: str) -> None:
    answer = httpx.get(f"{hub_url}/hub/language/zh")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("allotment_lang=zh;")
    assert "Path=/hub/" in cookie
    assert "HttpOnly" in cookie


def test_there_is_no_third_language(hub_url: str) -> None:
    assert httpx.get(f"{hub_url}/hub/language/fr").status_code == 404


def test_an_error_page_is_in_the_persons_language_too(visit: Callable[[str], Visitor]) -> None:
    page = visit("zh-CN").get("/hub/nothing-of-that-name")
    assert page.status_code == 404
    assert "没有此页面" in page.text
