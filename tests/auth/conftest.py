"""A real JupyterHub over our accounts, started once, and browsers that log in to it by form."""

import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hub import clock, people
from hub.house import House
from tests.houses import found_station

PASSWORD = "a lasting password"
CONFIG = Path(__file__).with_name("hub_config.py")
START_S = 30
ADDRESS_HEADER = "X-Forwarded-For"
TRUSTED = ssl.create_default_context()
"""Made once: reading the machine's certificates takes longer than a log-in, and none is used."""


class Browser:
    """A client with cookies, at an address of its own, that fills in forms as a person would."""

    def __init__(self, url: str, address: str) -> None:
        self.http = httpx.Client(
            base_url=url,
            headers={ADDRESS_HEADER: address},
            trust_env=False,
            timeout=30,
            verify=TRUSTED,
        )

    def fill_in(self, path: str, form: dict[str, str]) -> httpx.Response:
        """Open a page and send its form with its XSRF token."""
        page = self.http.get(path)
        token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert token is not None, page.text
        return self.http.post(path, data={**form, "_xsrf": token[1]})

    def log_in(self, name: str, password: str, after: str = "") -> httpx.Response:
        """Log in by the form."""
        path = "/hub/login" + (f"?next={after}" if after else "")
        return self.fill_in(path, {"username": name, "password": password})

    def make_token(self, name: str) -> str:
        """Ask for an API token with the cookie, as the token page does."""
        page = self.http.get("/hub/token")
        token = re.search(r'xsrf_token: "([^"]+)"', page.text)
        assert token is not None
        answer = self.http.post(
            f"/hub/api/users/{name}/tokens", headers={"X-XSRFToken": token[1]}, json={}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


def free_port() -> int:
    """Give a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def hub_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A station whose hub runs."""
    home = tmp_path_factory.mktemp("station")
    house = found_station(home, hub_port=free_port())
    secret = house.station.secret_file("hub", "steward_token")
    secret.parent.mkdir(parents=True)
    secret.write_text("0123456789abcdef0123456789abcdef")
    with (home / "hub.log").open("wb") as log:
        hub = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(CONFIG)],
            cwd=Path(__file__).parents[2],
            env={"ALLOTMENT_HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": "."},
            stdout=log,
            stderr=log,
        )
    try:
        wait_for_hub(house, hub, home / "hub.log")
        yield house
    finally:
        hub.terminate()
        hub.wait(20)
        house.database.dispose()


def wait_for_hub(house: House, hub: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the hub answers; fail with its log when it ends or takes too long."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and hub.poll() is None:
        try:
            if (
                httpx.get(
                    url_of(house) + "/hub/health", trust_env=False, verify=TRUSTED
                ).status_code
                == 200
            ):
                return
        except httpx.HTTPError:
            continue
    pytest.fail(f"the hub did not start:\n{log.read_text()}")


def ask_who(house: House, token: str) -> httpx.Response:
    """Ask the Hub API who holds a token."""
    headers = {"Authorization": f"token {token}"}
    url = url_of(house) + "/hub/api/user"
    return httpx.get(url, headers=headers, trust_env=False, verify=TRUSTED)


def url_of(house: House) -> str:
    """Give the address the hub listens on."""
    return f"http://127.0.0.1:{house.station.hub_port}"


@pytest.fixture
def open_browser(hub_house: House) -> Iterator[Callable[..., Browser]]:
    """Open browsers, each at an address of its own unless told otherwise."""
    opened: list[Browser] = []

    def open_one(address: str = "") -> Browser:
        count = len(opened) + 1
        browser = Browser(url_of(hub_house), address or f"198.51.100.{count}")
        opened.append(browser)
        return browser

    yield open_one
    for browser in opened:
        browser.http.close()


@pytest.fixture
def add(hub_house: House) -> Callable[..., str]:
    """Add people with a lasting password, or without one: then their one-time password is given."""

    def add_one(name: str, *, admin: bool = False, password: str | None = PASSWORD) -> str:
        _, one_time = people.add_person(
            hub_house, name, admin=admin, password=password, actor="test", now=clock.now()
        )
        return one_time or PASSWORD

    return add_one
