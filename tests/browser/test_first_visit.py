"""Somebody new in a real Chromium: from the log-in to a result, without and with a mouse."""

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WITHIN_MS, Person, Visit
from tests.stations import RunningStation

pytestmark = pytest.mark.browser

Open = Callable[..., Visit]


def _leased_slots(station: RunningStation) -> int:
    gpus = json.loads(station.run("status", "--json").out)["gpus"]
    return sum(gpu["leased_slots"] for gpu in gpus)


@contextmanager
def engine_held() -> Iterator[None]:
    """Hold the engine still: else a start may be over before anybody could watch it."""
    pid = int(Path("/var/run/docker.pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _remember_lines(visit: Visit) -> None:
    """Let the waiting page write down every line it shows, over its reload at the end."""
    visit.page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
          const now = document.getElementById("now");
          if (!now) return;
          const lines = JSON.parse(sessionStorage.getItem("lines") || "[]");
          const note = () => {
            lines.push(now.textContent);
            sessionStorage.setItem("lines", JSON.stringify(lines));
          };
          note();
          const changes = { childList: true, characterData: true, subtree: true };
          new MutationObserver(note).observe(now, changes);
        });"""
    )


def _run_cell(visit: Visit, code: str, answer: str) -> None:
    """Open a notebook in JupyterLab, type into its first cell and see the answer."""
    page = visit.page
    launcher = page.locator('.jp-LauncherCard[data-category="Notebook"]:visible').first
    another = page.locator('[data-command="launcher:create"]:visible').first
    launcher.or_(another).first.wait_for()
    if not launcher.is_visible():
        another.click()
    launcher.click()
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=WITHIN_MS)
    editor = page.locator(".jp-Notebook .jp-CodeCell .cm-content").first
    editor.click()
    page.keyboard.type(code)
    page.keyboard.press("Shift+Enter")
    output = page.locator(".jp-Notebook .jp-OutputArea-output").first
    expect(output).to_have_text(re.compile(rf"^\s*{answer}\s*$"), timeout=WITHIN_MS)


def test_a_newcomer_comes_from_the_log_in_to_a_result_and_stops(
    visit: Open, newcomer: Person, station: RunningStation
) -> None:
    fern = visit()
    page = fern.page
    fern.log_in(newcomer, newcomer.one_time_password)
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    fern.keep("1-one-time-password")
    fern.choose_password(newcomer)
    expect(page.get_by_role("heading", name="Start a server")).to_be_visible()
    fern.keep("2-start")

    page.get_by_role("link", name="简体中文").click()
    expect(page.get_by_role("heading", name="启动服务器")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    fern.keep("3-start-in-chinese")
    page.get_by_role("link", name="English").click()

    page.get_by_role("radio", name="½ GPU").check()
    expect(page.locator("#sum")).to_have_text("0.5 of your 1 GPU, for 4 h")
    _remember_lines(fern)
    with engine_held():
        page.get_by_role("button", name="Start").click(no_wait_after=True)
        page.wait_for_url("**/hub/spawn-pending/**", wait_until="commit")
        page.wait_for_selector("#steps")
        fern.keep("4-progress")
    page.wait_for_url(f"**/user/{newcomer.name}/**", timeout=WITHIN_MS)
    lines = json.loads(page.evaluate("sessionStorage.getItem('lines')") or "[]")
    assert {"Making your container", "Your notebook is starting"} & set(lines), lines
    assert _leased_slots(station) >= 2

    _run_cell(fern, "print(6*7)", "42")
    fern.keep("5-a-cell")

    fern.go("/hub/home")
    expect(page.locator('[data-name=""] .facts')).to_contain_text("0.5 GPU · until")
    fern.keep("6-running")
    fern.stop()
    fern.keep("7-stopped")
    assert _leased_slots(station) == 0


def test_everything_can_be_done_by_keyboard_on_a_narrow_screen_in_chinese(
    visit: Open, newcomer: Person
) -> None:
    fern = visit("zh-CN", NARROW)
    page = fern.page
    fern.go("/hub/login")
    fern.keep("1-log-in")
    page.get_by_label("用户名").fill(newcomer.name)
    page.get_by_label("密码", exact=True).fill(newcomer.one_time_password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/account")
    page.get_by_label("一次性密码").fill(newcomer.one_time_password)
    page.get_by_label("新密码", exact=True).fill("barley-and-rye-26")
    page.get_by_label("再次输入新密码").fill("barley-and-rye-26")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/spawn**")
    page.locator("[name=gpus]:checked").focus()
    page.keyboard.press("ArrowUp")
    assert page.locator("[name=gpus]:checked").get_attribute("value") == "0"
    expect(page.locator("#sum")).to_have_text("不占用 GPU（上限 1 块），时长 4 小时")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    fern.keep("2-start")
    _remember_lines(fern)
    with engine_held():
        page.keyboard.press("Enter")
        page.wait_for_url("**/hub/spawn-pending/**", wait_until="commit")
        page.wait_for_selector("#steps")
    page.wait_for_url(f"**/user/{newcomer.name}/**", timeout=WITHIN_MS)
    lines = json.loads(page.evaluate("sessionStorage.getItem('lines')") or "[]")
    assert {"正在创建容器", "笔记本正在启动"} & set(lines), lines
    fern.go("/hub/home")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    fern.keep("3-running")
    page.locator(".stop").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-name=""][data-state="stopped"]', timeout=WITHIN_MS)


def test_a_refused_start_says_why_and_the_page_is_there_again(
    visit: Open, newcomer: Person
) -> None:
    fern = visit()
    page = fern.page
    fern.arrive(newcomer)
    page.evaluate("document.getElementById('hours').removeAttribute('max')")
    page.evaluate("document.getElementById('spawn_form').noValidate = true")
    page.locator("#hours").fill("99")
    page.get_by_role("button", name="Start").click()
    refusal = page.locator("#refused")
    expect(refusal).to_contain_text("A server of yours may run 8 h at most")
    expect(refusal.locator(".refusal:lang(zh)")).to_be_hidden()
    expect(refusal).to_be_focused()
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    fern.keep("refused")


def test_a_start_can_be_cancelled_on_the_waiting_page(
    visit: Open, newcomer: Person, station: RunningStation
) -> None:
    fern = visit()
    page = fern.page
    fern.arrive(newcomer)
    page.get_by_role("radio", name="¼ GPU").check()
    with engine_held():
        page.get_by_role("button", name="Start").click(no_wait_after=True)
        page.wait_for_url("**/hub/spawn-pending/**", wait_until="commit")
        page.get_by_role("button", name="Cancel the start").click()
    page.wait_for_url("**/hub/home")
    page.wait_for_selector('[data-name=""][data-state="stopped"]', timeout=WITHIN_MS)
    assert _leased_slots(station) == 0
