"""A real JupyterHub with our pages, log-in and admission, whose servers are not containers.

Run by `python -m jupyterhub` through a file that calls `configure`; used by the tests of pages.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.proxy import Proxy
from jupyterhub.spawner import Spawner
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from hub import clock, leasing
from hub.api.base import Means
from hub.api.handlers import make_handlers as make_api_handlers
from hub.auth.accounts import LocalAccounts
from hub.house import House, make_house
from hub.leasing import Ask
from hub.pages.handlers import make_handlers
from hub.pages.language import install, language_of
from hub.pages.looks import TEMPLATES
from hub.pages.start import options_form
from hub.passwords import hash_password
from hub.policy.ceilings import Quota
from hub.policy.gpus import Gpu
from hub.policy.leases import EndReason
from hub.policy.outcomes import Denial, Wait
from hub.policy.reasons import Reason
from hub.policy.requests import SpawnRequest
from hub.settings import parse as parse_settings
from hub.store import ceilings, people
from hub.store.gpus import replace_node
from hub.store.migrate import upgrade
from hub.store.people import NewPerson
from spawner.options import BadRequest, from_form, parse
from spawner.progress import Progress
from spawner.refusal import SpawnRefused, refuse, tell_to_wait
from tests.houses import make_station

MAY = datetime(2026, 5, 4, tzinfo=UTC)
PASSWORD = "barley and rye"
LATE_S = 2
"""Longer than the hub lets whoever asks for a start wait for its answer."""
TICKETS = "/hub/api/allotment/tickets"
SETTINGS = """
[station]
name = "Shihezi Field Station"
timezone = "Asia/Urumqi"
[gpus]
simulate = 2
[profiles.teaching]
title = "Teaching notebook"
title_zh = "教学笔记本"
cpus = 1.0
memory_gib = 2.0
gpus = [0, 0.25]
"""


class NoProxy(Proxy):  # type: ignore[misc]  # JupyterHub has no types
    """A proxy that routes nothing: these tests ask the hub itself."""

    should_start = False

    async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> None:
        """Write nothing."""

    async def delete_route(self, routespec: str) -> None:
        """Delete nothing."""

    async def get_all_routes(self) -> dict[str, Any]:
        """Know of nothing."""
        return {}


class ScriptedSpawner(Spawner):  # type: ignore[misc]  # JupyterHub has no types
    """Real admission, then a server by its name: `stuck` waits for ever, `faulty` ends itself,
    `late` is told late that it must wait."""

    house: House

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.steps = Progress()
        self.http: HTTPServer | None = None

    async def run_pre_spawn_hook(self) -> None:
        """Decide, as the real one does."""
        self.steps = Progress()
        self.steps.tell(5, "ask", "Asking for a place")
        try:
            wish = parse(self.user_options)
        except BadRequest as error:
            numbers = {"key": error.key, "problem": error.problem}
            raise refuse(Reason("request", "malformed", numbers, "you"), self.house.zone) from None
        outcome = await asyncio.to_thread(
            leasing.request, self.house, Ask(self.user.name, self.name, wish), clock.now()
        )
        if isinstance(outcome, Denial):
            raise SpawnRefused(outcome, self.house.zone)
        if isinstance(outcome, Wait):
            await asyncio.sleep(LATE_S if self.name == "late" else 0)
            raise tell_to_wait(outcome, TICKETS, clock.now(), self.house.zone)
        self.lease_id = outcome.id
        self.steps.tell(15, "granted", "A place is yours", lease=outcome.id)
        token_file(self.house.station.home, self.user.name, self.name).write_text(self.api_token)

    async def start(self) -> str:
        """Answer at once, wait for ever, or end."""
        if self.name == "stuck":
            self.steps.tell(20, "gate", "7 to start before you", position=7)
            await asyncio.Event().wait()
        if self.name == "faulty":
            numbers = {"status": 1, "log": "ModuleNotFoundError: <torch>"}
            raise refuse(Reason("start-failed", "exited", numbers), self.house.zone)
        for percent, code in ((30, "create"), (50, "boot"), (90, "answer")):
            self.steps.tell(percent, code, code)
        self.steps.finish()
        sockets = bind_sockets(0, "127.0.0.1")
        self.http = HTTPServer(Application([]))
        self.http.add_sockets(sockets)
        leasing.activate(self.house, self.lease_id, clock.now(), clock.boot())
        return f"http://127.0.0.1:{sockets[0].getsockname()[1]}"

    async def stop(self, now: bool = False) -> None:
        """Stop answering and close the lease."""
        if self.http is not None:
            self.http.stop()
        await self.run_post_stop_hook()

    async def run_post_stop_hook(self) -> None:
        """Close what the last start left, however it ended."""
        self.steps.finish()
        leasing.begin_closing(self.house, self.lease_id, EndReason.RELEASE, clock.now())
        leasing.finish_closing(self.house, self.lease_id, clock.now(), clock.boot())

    async def poll(self) -> int | None:
        """Say whether it answers."""
        return None if self.http else 0

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what happens."""
        async for event in self.steps.listen():
            yield event


def token_file(home: Path, user: str, server: str) -> Path:
    """Say where the token of a server that was started is to be found by a test."""
    return home / f"token-{user}-{server}"


def configure(c: Any, home: Path, port: int) -> None:
    """Configure a hub of its own on one port, with its station below `home`."""
    house = make_small_house(home, port)
    c.JupyterHub.proxy_class = NoProxy
    c.JupyterHub.bind_url = f"http://127.0.0.1:{port}/"
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{port}"
    c.JupyterHub.db_url = f"sqlite:///{home / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(home / "cookie_secret")
    c.JupyterHub.spawner_class = ScriptedSpawner
    c.JupyterHub.authenticator_class = LocalAccounts
    c.JupyterHub.allow_named_servers = True
    c.JupyterHub.load_roles = [{"name": "station-admin", "scopes": ["list:users"]}]
    c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 1}
    c.JupyterHub.template_paths = [str(TEMPLATES)]
    api = make_api_handlers(Means(house, parse, language_of))
    c.JupyterHub.extra_handlers = [*make_handlers(), *api]
    c.Spawner.options_form = options_form
    c.Spawner.options_from_form = from_form
    LocalAccounts.house = ScriptedSpawner.house = house
    install(BaseHandler, house)


def make_small_house(home: Path, port: int = 1) -> House:
    """Make a station of two simulated GPUs, of which one and a half are under lease."""
    house = see_small_house(home, port)
    house.station.database_file.parent.mkdir(parents=True)
    upgrade(house.database)
    _fill(house)
    return house


def see_small_house(home: Path, port: int = 1) -> House:
    """Open the station of a home, with a database that is there or is still to be made."""
    return make_house(make_station(home, gid=1, hub_port=port), parse_settings(SETTINGS))


def _fill(house: House) -> None:
    cast = {
        "ann": ("field-lab", "visitors"),
        "bob": ("field-lab",),
        "charlie": (),
        "newcomer": (),
        "tess": ("field-lab",),
        "root": (),
    }
    password_hash = hash_password(PASSWORD)
    with house.database.write() as db:
        for group in ("field-lab", "visitors"):
            people.add_group(db, group, MAY)
        for number, (name, groups) in enumerate(cast.items()):
            new = NewPerson(
                name, 201000 + number, name == "root", password_hash, name == "newcomer"
            )
            person = people.add_person(db, new, MAY)
            for group in groups:
                people.add_member(db, group, person, MAY)
        people.set_manager(db, "field-lab", people.load_person(db, "tess"), True)
        for kind, value in {"gpus": 1, "servers": 2, "lease_hours": 8}.items():
            ceilings.set_ceiling(db, "site", kind, Quota(Fraction(value)))
        ceilings.set_ceiling(db, "group:visitors", "gpus", Quota(Fraction(1, 4)))
        gpus = [
            Gpu(f"SIM-{n}", "Simulated GPU", "local", "simulated", 16384, 4, simulated=True)
            for n in range(2)
        ]
        replace_node(db, "local", gpus, MAY)
    for user, share in (("bob", Fraction(1, 2)), ("charlie", Fraction(1))):
        wish = SpawnRequest(gpus=share)
        lease = leasing.request(house, Ask(user, "field", wish), clock.now())
        assert not isinstance(lease, Denial), lease
        leasing.activate(house, lease.id, clock.now(), clock.boot())
