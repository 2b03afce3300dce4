"""A real Chromium, a person of its own for each test, and a picture of every page it came to."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.desk import NEAR, browser_desk
from tests.stations import ROOT, RunningStation

ARTEFACTS = ROOT / "test-artefacts"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = (1280, 800)
NARROW = (360, 740)
PASSWORD = "barley-and-rye-26"
WITHIN_MS = 60_000


@dataclass
class Person:
    """Somebody with an account and the one-time password they were given."""

    name: str
    one_time_password: str


@dataclass
class Visit:
    """A person at their browser."""

    url: str
    page: Page
    name: str

    def go(self, path: str) -> None:
        """Type an address."""
        self.page.goto(f"{self.url}{path}")

    def log_in(self, person: Person, password: str) -> None:
        """Log in through the form, without a mouse."""
        self.go("/hub/login")
        self.page.get_by_label("Name", exact=True).fill(person.name)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/hub/account")

    def choose_password(self, person: Person) -> None:
        """Change the one-time password; the start page follows."""
        self.page.get_by_label("One-time password").fill(person.one_time_password)
        self.page.get_by_label("New password", exact=True).fill(PASSWORD)
        self.page.get_by_label("New password, once more").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/hub/spawn**")

    def arrive(self, person: Person) -> None:
        """Come for the first time, as far as the start page."""
        self.log_in(person, person.one_time_password)
        self.choose_password(person)

    def stop(self, server: str = "") -> None:
        """Stop a server on the page of one's servers, and see it gone."""
        self.go("/hub/home")
        line = f'#servers [data-name="{server}"]'
        self.page.click(f"{line} .stop")
        self.page.wait_for_selector(f'{line}[data-state="stopped"]', timeout=WITHIN_MS)

    def keep(self, step: str) -> None:
        """Keep a picture of the page as a test artefact."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{self.name}-{step}.png", full_page=True)


@pytest.fixture(scope="module")
def browser(
    chromium: str, station: RunningStation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """One Chromium for a module, which trusts the station's certificate and no other."""
    flags = [
        *FLAGS,
        f"--host-resolver-rules=MAP * {NEAR}",
        f"--ignore-certificate-errors-spki-list={_key_of(Path(station.ca_file))}",
    ]
    folder = tmp_path_factory.mktemp("desk")
    with browser_desk(chromium, folder) as program, sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=flags)
        yield found
        found.close()


@pytest.fixture
def visit(
    browser: Browser, station: RunningStation, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Visit]]:
    """Opens browsers of people; what went wrong on their pages fails the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []
    name = request.node.name.removeprefix("test_")[:60]

    def open_browser(language: str = "en-GB", size: tuple[int, int] = WIDE) -> Visit:
        context = browser.new_context(
            locale=language, viewport={"width": size[0], "height": size[1]}
        )
        context.set_default_timeout(WITHIN_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: _note(problems, page, error.message))
        return Visit(station.url, page, name)

    yield open_browser
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def newcomer(station: RunningStation) -> Iterator[Person]:
    """Somebody of this test alone; their servers end with it."""
    name = f"fern-{token_hex(4)}"
    said = station.run("user", "add", name, "--json")
    assert said.status == 0, said.err
    yield Person(name, said.document["one_time_password"])
    said = station.run("user", "disable", name)
    assert said.status == 0, said.err


def _note(problems: list[str], page: Page, message: str) -> None:
    """Note an error of one of our pages; JupyterLab's own are not ours."""
    if "/hub/" in page.url:
        problems.append(f"{page.url}: {message}")


def _key_of(certificate: Path) -> str:
    """Give what Chromium knows a certificate's key by."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()
