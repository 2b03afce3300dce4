"""The notebook's server extension, in a real notebook server of a real hub: whose it is to use."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from hub import clock
from hub.settings import load_variables
from hub.store.database import Database
from hub.store.leases import load_lease
from tests.api.conftest import (  # noqa: F401 - fixtures, found here by pytest
    Program,
    ann,
    database,
    house,
    hub_home,
    hub_url,
    lease_of,
    people,
    program,
    server_of,
    visit,
)
from tests.stations import ROOT, free_port

IMAGE = ROOT / "images/notebook"
PREFIX = "/user/charlie/lab/"
WITHIN_S = 40
PATIENCE = 5
"""So many questions to the hub take longer than the report of a visit would."""


@dataclass(frozen=True)
class Notebook:
    """A notebook server of charlie's, with the number of its lease and its own token."""

    http: httpx.Client
    lease: int
    own_token: str

    def ask(self, method: str, path: str, token: str = "", body: object = None) -> httpx.Response:
        """Ask it with somebody's token."""
        headers = {"Authorization": f"token {token}"} if token else {}
        return self.http.request(method, f"{PREFIX}{path}", headers=headers, json=body)


@pytest.fixture
def owner() -> str:
    """Whose server the notebook is told to be."""
    return "charlie"


@pytest.fixture
def notebook(
    owner: str,
    server_of: Callable[..., Program],  # noqa: F811 - the fixture
    lease_of: Callable[[str, str], int],  # noqa: F811 - the fixture
    hub_url: str,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> Iterator[Notebook]:
    """A real notebook server with what the image adds, told of its lease as its container is."""
    own = server_of("charlie", "lab")
    number, port = lease_of("charlie", "lab"), free_port()
    _install(tmp_path)
    url = f"http://127.0.0.1:{port}"
    variables = {
        **load_variables(),
        "HOME": str(tmp_path),
        "PYTHONPATH": str(IMAGE / "server"),
        "JUPYTER_CONFIG_PATH": str(tmp_path / "config"),
        "JUPYTER_PATH": str(tmp_path / "share"),
        "JUPYTERHUB_API_URL": f"{hub_url}/hub/api",
        "JUPYTERHUB_API_TOKEN": own.token,
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-charlie-lab",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps(["access:servers!server=charlie/lab"]),
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "JUPYTERHUB_SERVICE_URL": f"{url}{PREFIX}",
        "JUPYTERHUB_USER": owner,
        "ALLOTMENT_LEASE": str(number),
    }
    with (tmp_path / "log").open("wb") as log, httpx.Client(base_url=url, timeout=20) as client:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub.singleuser", "--allow-root"],
            cwd=tmp_path,
            env=variables,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_it_answers(client, server, tmp_path / "log")
            yield Notebook(client, number, own.token)
        finally:
            server.terminate()
            server.wait(20)


def _install(folder: Path) -> None:
    """Put the extension's files where the image has them."""
    name = "jupyter_server_config.d"
    shutil.copytree(IMAGE / "etc/jupyter" / name, folder / "config" / name)
    extension = "labextensions/allotment-time"
    shutil.copytree(IMAGE / "lab/allotment-time", folder / "share/jupyter" / extension)
    shutil.copytree(IMAGE / "lab/allotment-time", folder / "share" / extension)


def _wait_until_it_answers(
    client: httpx.Client, server: subprocess.Popen[bytes], log: Path
) -> None:
    give_up = time.monotonic() + WITHIN_S
    while time.monotonic() < give_up and server.poll() is None:
        try:
            if client.get(f"{PREFIX}api").status_code == 200:
                return
        except httpx.TransportError:
            continue
    pytest.fail(f"the notebook server did not answer: {log.read_text()[-3000:]}")


Programs = Callable[..., Program]


def test_its_owner_reads_and_extends_the_lease_through_it(
    notebook: Notebook,
    program: Programs,  # noqa: F811 - the fixture
) -> None:
    charlie = program("charlie").token
    lease = notebook.ask("GET", "allotment/lease", charlie)
    assert lease.status_code == 200, lease.text
    assert lease.json()["id"] == notebook.lease
    longer = notebook.ask("POST", "allotment/lease/extend", charlie, {"hours": 1})
    assert longer.status_code == 200, longer.text
    assert longer.json()["seconds_left"] > lease.json()["seconds_left"] + 3500


def test_the_servers_own_token_reaches_no_browser(
    notebook: Notebook,
    program: Programs,  # noqa: F811 - the fixture
) -> None:
    said = notebook.ask("GET", "allotment/lease", program("charlie").token)
    assert notebook.own_token not in said.text + str(said.headers)


def test_nobody_else_reads_or_extends_it_there(
    notebook: Notebook,
    program: Programs,  # noqa: F811 - the fixture
) -> None:
    for token in ("", program("ann").token):
        assert notebook.ask("GET", "allotment/lease", token).status_code == 403
        body = {"hours": 1}
        said = notebook.ask("POST", "allotment/lease/extend", token, body)
        assert said.status_code == 403


@pytest.mark.parametrize("owner", ["bob"])
def test_who_may_enter_a_server_that_is_not_theirs_learns_nothing_of_its_lease(
    notebook: Notebook,
    program: Programs,  # noqa: F811 - the fixture
    database: Database,  # noqa: F811 - the fixture
) -> None:
    guest = program("charlie").token
    assert notebook.ask("GET", "api/status", guest).status_code == 200
    assert notebook.ask("GET", "allotment/lease", guest).status_code == 403
    said = notebook.ask("POST", "allotment/lease/extend", guest, {"hours": 1})
    assert said.status_code == 403
    with database.read() as db:
        assert load_lease(db, notebook.lease).visited_at is None


def test_a_refusal_of_the_hubs_is_passed_on_with_its_reasons(
    notebook: Notebook,
    program: Programs,  # noqa: F811 - the fixture
) -> None:
    charlie = program("charlie").token
    said = notebook.ask("POST", "allotment/lease/extend", charlie, {"days": 1})
    assert said.status_code == 400
    assert said.json()["error"]["reasons"][0]["numbers"]["key"] == "days"


def test_only_a_request_with_the_owners_log_in_is_told_to_the_hub(
    notebook: Notebook,
    program: Programs,  # noqa: F811 - the fixture
    database: Database,  # noqa: F811 - the fixture
) -> None:
    """Not one without a log-in, nor a stranger's, nor that of a program in the server itself."""

    def visited_at() -> datetime | None:
        with database.read() as db:
            return load_lease(db, notebook.lease).visited_at

    own, charlie = notebook.own_token, program("charlie").token
    notebook.ask("GET", "api")
    notebook.ask("GET", "api/status", program("ann").token)
    assert notebook.ask("GET", "api/status", own).status_code == 200
    assert notebook.ask("GET", f"api/status?token={own}").status_code == 403
    for _ in range(PATIENCE):
        notebook.ask("GET", "allotment/lease", own)
    before = clock.now()
    assert visited_at() is None
    notebook.ask("GET", "api/status", charlie)
    give_up = time.monotonic() + WITHIN_S
    while visited_at() is None and time.monotonic() < give_up:
        notebook.ask("GET", "api")
    found = visited_at()
    assert found is not None
    assert found >= before


def test_jupyterlab_is_told_of_the_extension_and_finds_it(
    notebook: Notebook,
    program: Programs,  # noqa: F811 - the fixture
) -> None:
    charlie = program("charlie").token
    page = notebook.ask("GET", "lab", charlie).text
    assert "static/remoteEntry.js" in page
    script = notebook.ask("GET", "lab/extensions/allotment-time/static/remoteEntry.js", charlie)
    assert script.status_code == 200
    assert "_JUPYTERLAB" in script.text
