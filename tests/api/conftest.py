"""A small hub for the API's tests, and programs and people who ask it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.house import House
from hub.store.database import Database
from hub.store.leases import find_open
from tests.pages.conftest import (  # noqa: F401 - fixtures, found here by pytest
    Visitor,
    ann,
    hub_home,
    hub_url,
    visit,
)
from tests.pages.small_hub import see_small_house, token_file

API = "/hub/api/allotment"


@dataclass(frozen=True)
class Program:
    """A program with a token, which keeps no cookies."""

    http: httpx.Client
    token: str

    def ask(self, method: str, path: str, body: Any = None, raw: bytes = b"") -> httpx.Response:
        """Ask one address of ours, with a body as JSON or as it is."""
        content = raw if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {self.token}"}
        return self.http.request(method, f"{API}{path}", headers=headers, content=content)


@pytest.fixture
def house(hub_home: Path, hub_url: str) -> Iterator[House]:  # noqa: F811 - the fixtures
    """The hub's station, to set a scene in."""
    found = see_small_house(hub_home)
    yield found
    found.database.dispose()


@pytest.fixture
def database(house: House) -> Database:
    """The station's database."""
    return house.database


@pytest.fixture
def people(visit: Callable[[str], Visitor]) -> Callable[[str], Visitor]:  # noqa: F811
    """Logs people in by name; each reads English."""

    def log_in(name: str) -> Visitor:
        found = visit("en")
        found.log_in(name)
        return found

    return log_in


@pytest.fixture
def program(
    people: Callable[[str], Visitor],
    hub_url: str,  # noqa: F811
) -> Iterator[Callable[..., Program]]:
    """Makes programs with a token of somebody's, cut down to scopes where they are named."""
    client = httpx.Client(base_url=hub_url, timeout=20)

    def make(name: str, *scopes: str) -> Program:
        body = {"note": "a test", **({"scopes": list(scopes)} if scopes else {})}
        said = people(name).call("POST", f"/hub/api/users/{name}/tokens", body)
        assert said.status_code == 201, said.text
        return Program(client, said.json()["token"])

    yield make
    client.close()


@pytest.fixture
def server_of(
    people: Callable[[str], Visitor],
    hub_home: Path,  # noqa: F811 - the fixture
    hub_url: str,  # noqa: F811
) -> Iterator[Callable[..., Program]]:
    """Starts servers, stopped at the end, and gives each with its own token."""
    client = httpx.Client(base_url=hub_url, timeout=20)
    started: list[tuple[Visitor, str]] = []

    def start(name: str, server: str) -> Program:
        owner = people(name)
        path = f"/hub/api/users/{name}/servers/{server}"
        said = owner.call("POST", path, {"hours": 2})
        assert said.status_code in (201, 202), said.text
        started.append((owner, path))
        return Program(client, token_file(hub_home, name, server).read_text())

    yield start
    for owner, path in started:
        owner.call("DELETE", path)
    client.close()


@pytest.fixture
def lease_of(database: Database) -> Callable[[str, str], int]:
    """Gives the number of a server's open lease."""

    def find(user: str, server: str) -> int:
        with database.read() as db:
            lease = find_open(db, user, server)
        assert lease is not None
        return lease.id

    return find
