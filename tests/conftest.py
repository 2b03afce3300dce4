"""What every test shares: needs of the machine met once, one station, `long` only when named."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from admin.setup import needs
from admin.setup.programs import Runner
from tests.databases import KINDS, Cluster, postgresql_database, running_cluster, sqlite_database
from tests.stations import RunningStation, running_station

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("same")
"""The same examples every time, and no limit of time on a busy machine.

`--hypothesis-profile=explore` looks for new ones.
"""

ENGINE = ("engine", "stack", "browser")
REAL_SERVERS = {"hub_house", "hub_url", "traefik", "made"}
"""Fixtures that start a real hub or Traefik, or make an environment: their tests are `stack`."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs real servers, and deselect `long` unless it was asked for."""
    for item in items:
        if REAL_SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.stack)
    _deselect_long(config, items)


def _deselect_long(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop `long` unless -m names it or one of its tests was asked for by its id."""
    if "long" in config.getoption("markexpr") or any("::" in named for named in config.args):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.fixture(scope="session")
def set_up_log(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return Runner(tmp_path_factory.mktemp("set-up") / "set-up.log")


@pytest.fixture(scope="session")
def engine_version(set_up_log: Runner) -> Iterator[str]:
    """A Docker Engine that answers: installed, started and stopped again where none did."""
    with needs.lent_engine(set_up_log) as version:
        yield version


@pytest.fixture(scope="session")
def chromium(set_up_log: Runner) -> str:
    """The path of a Chromium."""
    return needs.ensure_browser(set_up_log)


@pytest.fixture(scope="session")
def postgresql(set_up_log: Runner) -> Iterator[Cluster]:
    """A PostgreSQL server of the session's own."""
    with running_cluster(needs.ensure_postgresql(set_up_log)) as cluster:
        yield cluster


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database at the newest schema, of every kind."""
    if request.param == "sqlite":
        made = sqlite_database(tmp_path)
    else:
        made = postgresql_database(request.getfixturevalue("postgresql"))
    with made as url:
        yield url


@pytest.fixture(scope="session")
def station(
    engine_version: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningStation]:
    """The one station of the session, with two simulated GPUs; lowered at its end."""
    with running_station(tmp_path_factory.mktemp("station"), simulate=2) as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _needs_of_markers(request: pytest.FixtureRequest) -> None:
    """Meet what the markers of the chosen tests ask for, before any station is raised."""
    if any(item.get_closest_marker(name) for item in request.session.items for name in ENGINE):
        request.getfixturevalue("engine_version")


@pytest.fixture(autouse=True)
def _same_rights() -> Iterator[None]:
    """Put back what a command run in this process sets for itself: its umask and its group."""
    mask, gid = os.umask(0o022), os.getegid()
    os.umask(mask)
    yield
    os.umask(mask)
    if os.getegid() != gid:
        os.setegid(gid)


@pytest.fixture
def repository() -> Path:
    """The folder of this repository."""
    return Path(__file__).resolve().parents[1]
