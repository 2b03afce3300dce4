"""Time left in a real JupyterLab and on one's page, and a place in the waiting list: Chromium."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, PASSWORD, WITHIN_MS, Person, Visit
from tests.stack.client import Browser, Member
from tests.stations import RunningStation

pytestmark = pytest.mark.browser

Open = Callable[..., Visit]
MARK_WITHIN_MS = 120_000


def _start(visit: Visit, person: Person, share: str, hours: str) -> None:
    """Start a server on the start page and come to JupyterLab."""
    page = visit.page
    page.get_by_role("radio", name=share).check()
    page.locator("#hours").fill(hours)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(f"**/user/{person.name}/**", timeout=WITHIN_MS)
    page.wait_for_selector(".allotment-left", timeout=WITHIN_MS)


def test_a_notebook_shows_its_time_left_and_one_click_gives_an_hour_more(
    visit: Open, newcomer: Person
) -> None:
    fern = visit()
    page = fern.page
    fern.arrive(newcomer)
    _start(fern, newcomer, "¼ GPU", "1")
    left = page.locator(".allotment-left")
    expect(left).to_have_text(re.compile("^(59|60) min left$|^1 h 0 min left$"))
    fern.keep("1-an-hour")
    page.get_by_role("button", name="Extend by one hour").click()
    expect(left).to_have_text(re.compile("^(1 h 59 min|2 h 0 min) left$"))
    expect(page.get_by_text(re.compile("Extended: this server now runs until"))).to_be_visible()
    fern.keep("2-two-hours")

    fern.go("/hub/home")
    line = page.locator('[data-name=""]')
    expect(line.locator(".facts").first).to_contain_text("1 h 5")
    line.get_by_role("button", name="Extend by one hour").focus()
    page.keyboard.press("Enter")
    expect(line.locator(".facts").first).to_contain_text("2 h 5")
    line.get_by_label("Keep going").check()
    fern.keep("3-home")
    page.reload()
    expect(line.get_by_label("Keep going")).to_be_checked()
    fern.stop()


def test_before_the_end_a_notebook_warns_and_saves_what_is_open(
    visit: Open, newcomer: Person
) -> None:
    fern = visit()
    page = fern.page
    fern.arrive(newcomer)
    _start(fern, newcomer, "No GPU", "0.19")
    expect(page.get_by_text(re.compile("This server ends in 1[01] min"))).to_be_visible()
    page.locator('.jp-LauncherCard[data-category="Notebook"]:visible').first.click()
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=WITHIN_MS)
    page.get_by_role("menuitem", name="Settings").click()
    page.locator('[data-command="docmanager:toggle-autosave"]').click()
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
    page.keyboard.type("seedlings = 42")
    told = page.get_by_text(re.compile("open documents are being saved"))
    expect(told).to_be_visible(timeout=MARK_WITHIN_MS)
    saved = f"/user/{newcomer.name}/api/contents/Untitled.ipynb"
    page.wait_for_function(
        "async (path) => JSON.stringify(await (await fetch(path)).json()).includes('seedlings')",
        arg=saved,
        timeout=WITHIN_MS,
        polling=1000,
    )
    expect(page.locator(".allotment-time.allotment-now")).to_be_visible()
    fern.keep("warned")
    fern.stop()


@pytest.fixture
def full_house(station: RunningStation) -> Iterator[None]:
    """Two others hold both GPUs whole; they stop at the end."""
    members: list[Member] = []
    for _ in range(2):
        name = f"holder-{token_hex(4)}"
        said = station.run("user", "add", name, "--password-stdin", "--json", text=PASSWORD)
        assert said.status == 0, said.err
        browser = Browser(station.url, Path(station.ca_file))
        browser.log_in(name, PASSWORD)
        members.append(Member(name, browser, browser.make_token(name)))
        assert members[-1].start({"gpus": 1, "hours": 2}).status_code in (201, 202)
    for member in members:
        member.wait_ready()
    yield
    for member in members:
        member.stop()
        member.browser.close()


def test_a_full_house_is_waited_for_by_keyboard_on_a_narrow_screen(
    visit: Open, newcomer: Person, station: RunningStation, full_house: None
) -> None:
    fern = visit("en-GB", NARROW)
    page = fern.page
    fern.arrive(newcomer)
    page.get_by_role("radio", name="½ GPU").focus()
    page.keyboard.press("Space")
    join = page.get_by_role("button", name="Join the waiting list")
    expect(join).to_be_visible()
    expect(page.locator("#wait_line")).to_contain_text("You would be number 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    fern.keep("1-may-wait")
    join.focus()
    page.keyboard.press("Enter")
    place = page.locator(".place")
    expect(place).to_contain_text("You are number 1 in the waiting list")
    assert json.loads(station.run("queue", "list", "--json").out)["items"]
    fern.keep("2-waits")

    fern.go("/hub/home")
    expect(place).to_contain_text("Waiting for 0.5 GPU on Notebook server")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    fern.keep("3-home")
    page.on("dialog", lambda dialog: dialog.accept())
    place.get_by_role("button", name="Leave the list").focus()
    page.keyboard.press("Enter")
    expect(place).to_be_hidden()
    assert json.loads(station.run("queue", "list", "--json").out)["items"] == []


def test_the_place_is_kept_on_a_server_without_a_gpu_and_the_offer_is_taken_by_a_click(
    visit: Open, newcomer: Person, full_house: None, station: RunningStation
) -> None:
    fern = visit()
    page = fern.page
    fern.arrive(newcomer)
    page.get_by_role("radio", name="1 GPU").check()
    page.get_by_role("button", name="Start on CPU now, keep my place").click()
    page.wait_for_url(f"**/user/{newcomer.name}/**", timeout=WITHIN_MS)
    page.wait_for_selector(".allotment-left", timeout=WITHIN_MS)
    fern.go("/hub/home")
    expect(page.locator(".place")).to_contain_text("Waiting for 1 GPU")
    expect(page.locator('[data-name=""] .facts').first).to_contain_text("no GPU")
    leases = json.loads(station.run("lease", "list", "--json").out)["items"]
    holder = next(lease for lease in leases if lease["user"].startswith("holder-"))
    assert station.run("lease", "revoke", str(holder["id"])).status == 0
    take = page.get_by_role("button", name="Take it now")
    expect(take).to_be_visible(timeout=WITHIN_MS)
    fern.keep("1-offered")
    take.click()
    line = page.locator('[data-name=""][data-state="running"] .facts').first
    expect(line).to_contain_text("1 GPU", timeout=WITHIN_MS)
    expect(page.locator(".place")).to_be_hidden()
    fern.keep("2-taken")
    fern.stop()
