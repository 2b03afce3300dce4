"""What every address of the API shares: the caller, the body, use cases in threads, JSON out."""

import asyncio
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from jupyterhub.apihandlers import APIHandler
from tornado import web

from hub import shapes
from hub.api.answers import Refusal, describe, refuse_error, refuse_reasons
from hub.api.bodies import parse_body
from hub.api.callers import Reach, cut_down, find_caller
from hub.errors import AllotmentError
from hub.house import House
from hub.policy.outcomes import Denial
from hub.policy.requests import SpawnRequest
from hub.policy.rights import Actor
from hub.store.rights import load_actor

T = TypeVar("T")


@dataclass(frozen=True)
class Means:
    """What the API works with; the last two are the spawner's and the pages' own."""

    house: House
    parse_request: Callable[[Any], SpawnRequest]
    language_of: Callable[[Any], str]


class AllotmentHandler(APIHandler):
    """One address of ours."""

    means: ClassVar[Means]
    """Set before the hub starts."""

    async def prepare(self) -> None:
        """Find out who calls before anything else; answers are nobody else's to keep."""
        await super().prepare()
        self.set_header("Cache-Control", "no-store")

    @property
    def house(self) -> House:
        """The station."""
        return self.means.house

    @property
    def language(self) -> str:
        """In which language reasons are told."""
        return self.means.language_of(self)

    async def caller(self) -> tuple[Reach, Actor]:
        """Give who calls, with no more rights than their log-in or token carries."""
        name, reach = find_caller(self)
        return reach, cut_down(await self.use(_load_actor, self.house, name), reach)

    async def actor(self) -> Actor:
        """Give who calls; 403 for a token that is good for one server only."""
        reach, actor = await self.caller()
        if reach is Reach.SERVER:
            raise Refusal(403, "forbidden", "This token may read and extend its own lease only.")
        return actor

    def body(self, known: Collection[str] = ()) -> dict[str, Any]:
        """Read the body; refuses what is not known by its name."""
        return self.check(parse_body, self.request.body, known)

    def check(self, parse: Callable[..., T], *arguments: Any) -> T:
        """Parse something that came from outside; our errors become answers."""
        try:
            return parse(*arguments)
        except AllotmentError as error:
            raise refuse_error(error, self.language, self.house.zone) from None

    async def use(self, use_case: Callable[..., T], *arguments: Any) -> T:
        """Run a use case in a thread; our errors become answers."""
        try:
            return await asyncio.to_thread(use_case, *arguments)
        except AllotmentError as error:
            raise refuse_error(error, self.language, self.house.zone) from error

    def deny(self, denial: Denial) -> Refusal:
        """Make the answer of a denial, to be raised."""
        return refuse_reasons(denial, self.language, self.house.zone)

    def answer(self, document: dict[str, Any], status: int = 200) -> None:
        """Send one JSON document."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(document, ensure_ascii=False))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send an error as every JSON answer of ours tells it."""
        exception = (kwargs.get("exc_info") or (None, None))[1]
        code, message, reasons = describe(exception, status_code)
        for name, value in getattr(exception, "headers", {}).items():
            self.set_header(name, value)
        self.answer(shapes.error(code, message, reasons, self.house.zone), status_code)


class NowhereHandler(AllotmentHandler):
    """Every address below ours that is none."""

    async def prepare(self) -> None:
        """Say so, whatever the method."""
        await super().prepare()
        raise web.HTTPError(404, "there is no such address")


def _load_actor(house: House, name: str) -> Actor:
    with house.database.read() as db:
        return load_actor(db, name)
