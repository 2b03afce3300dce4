"""One small hub for all tests of pages, and people who visit it as a browser would."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hub.settings import load_variables
from tests.pages.small_hub import PASSWORD
from tests.stations import ROOT, free_port

STARTS_WITHIN_S = 40


class Visitor:
    """A browser without scripts: it keeps cookies and sends forms with their XSRF token."""

    def __init__(self, url: str, language: str) -> None:
        self.http = httpx.Client(
            base_url=url, follow_redirects=True, headers={"Accept-Language": language}, timeout=20
        )

    def get(self, path: str) -> httpx.Response:
        """Visit a page."""
        return self.http.get(path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form from the page it stands on."""
        return self.http.post(path, data={"_xsrf": self.xsrf, **fields})

    def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Call the hub's API as a page's script does."""
        headers = {"X-XSRFToken": self.xsrf, "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        return self.http.request(method, path, headers=headers, content=content)

    def log_in(self, name: str) -> httpx.Response:
        """Log in through the form."""
        self.get("/hub/login")
        return self.post("/hub/login", username=name, password=PASSWORD)

    @property
    def xsrf(self) -> str:
        cookies = [c.value for c in self.http.cookies.jar if c.name == "_xsrf" and c.value]
        return cookies[-1]


@pytest.fixture(scope="session")
def hub_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small hub's station."""
    return tmp_path_factory.mktemp("small-hub")


@pytest.fixture(scope="session")
def hub_url(hub_home: Path) -> Iterator[str]:
    """The address of a small hub that answers."""
    home, port = hub_home, free_port()
    url = f"http://127.0.0.1:{port}"
    config = home / "jupyterhub_config.py"
    config.write_text(
        "from pathlib import Path\n"
        "from tests.pages.small_hub import configure\n"
        f"configure(c, Path({str(home)!r}), {port})\n"
    )
    log = home / "hub.log"
    with log.open("wb") as output:
        hub = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(config)],
            cwd=home,
            env={**load_variables(), "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_it_answers(url, hub, log)
            yield url
        finally:
            hub.terminate()
            hub.wait(20)


def _wait_until_it_answers(url: str, hub: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < give_up and hub.poll() is None:
        try:
            if httpx.get(f"{url}/hub/health", timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            continue
    pytest.fail(f"the hub did not answer: {log.read_text()[-3000:]}")


@pytest.fixture
def visit(hub_url: str) -> Iterator[Callable[[str], Visitor]]:
    """Makes visitors whose browser asks for a language."""
    found: list[Visitor] = []

    def make(language: str) -> Visitor:
        found.append(Visitor(hub_url, language))
        return found[-1]

    yield make
    for visitor in found:
        visitor.http.close()


@pytest.fixture
def visitor(visit: Callable[[str], Visitor]) -> Visitor:
    """Somebody who reads English and is not logged in."""
    return visit("en")


@pytest.fixture(scope="session")
def ann(hub_url: str) -> Iterator[Visitor]:
    """Ann, logged in, reading English; the same log-in for all tests."""
    found = Visitor(hub_url, "en")
    found.log_in("ann")
    yield found
    found.http.close()
