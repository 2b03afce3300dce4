"""From the table of routes to Traefik: one file for all waiting changes, done when it is served."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornado.httpclient import HTTPClientError

from spawner.routes import (
    MARK,
    Route,
    RouteNotServed,
    build_document,
    build_mark,
    find_fault,
    parse_mark,
    write_document,
)

POLL_SECONDS = 0.01
log = logging.getLogger(__name__)
Ask = Callable[[str], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Change:
    """One change of the table on its way to Traefik; `route` is None for a removal."""

    routespec: str
    route: Route | None
    done: asyncio.Future[None] = field(compare=False)


class Publisher:
    """Writes a table's changes and asks Traefik's API which of the written files it serves.

    Every file carries a mark; one look at it settles all changes of that file and of earlier ones.
    `ask` gets a path of the API and answers with its JSON, or raises as tornado's client does.
    """

    def __init__(
        self,
        path: Path,
        entrypoint: str,
        table: Mapping[str, Route],
        ask: Ask,
        timeout_seconds: float,
    ) -> None:
        self._path = path
        self._entrypoint = entrypoint
        self._table = table
        self._ask = ask
        self._timeout = timeout_seconds
        self._run = secrets.token_hex(4)
        self._generation = 0
        self._unwritten: list[Change] = []
        self._unserved: list[tuple[int, list[Change]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def publish(self, routespec: str, route: Route | None) -> None:
        """Have the table written and wait until this change of it is served.

        Raises TimeoutError, OSError when the file cannot be written, and RouteNotServed when
        Traefik has read the route and does not take it.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unwritten.append(Change(routespec, route, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_changes())
        await asyncio.wait_for(done, self._timeout)

    async def is_current(self) -> bool:
        """Say whether Traefik serves the newest file of this run."""
        return not self._unwritten and await self._served_generation() == self._generation

    async def _write_changes(self) -> None:
        """Write files until nothing waits; every change that waits goes into the next one."""
        while self._unwritten:
            batch, self._unwritten = self._unwritten, []
            self._generation += 1
            try:
                await asyncio.to_thread(self._write, tuple(self._table.values()), self._generation)
            except OSError as error:
                _fail(batch, error)
                continue
            self._unserved.append((self._generation, batch))
            if self._watcher is None or self._watcher.done():
                self._watcher = asyncio.create_task(self._watch())

    def _write(self, routes: tuple[Route, ...], generation: int) -> None:
        """Write one file; runs in a thread, since hundreds of routes take milliseconds."""
        mark = build_mark(self._run, generation)
        write_document(self._path, build_document(routes, self._entrypoint, mark))

    async def _watch(self) -> None:
        """Ask Traefik which file it serves until nobody waits for one."""
        while self._unserved:
            try:
                await self._settle_served()
            except ConnectionRefusedError:
                self._settle_removals()
            except (HTTPClientError, OSError, ValueError, LookupError) as error:
                log.debug("Traefik's API does not answer: %s", error)
            self._unserved = [
                (number, waiting)
                for number, batch in self._unserved
                if (waiting := [change for change in batch if not change.done.done()])
            ]
            if self._unserved:
                await asyncio.sleep(POLL_SECONDS)

    async def _settle_served(self) -> None:
        """Look once, and settle every change that stands in the file Traefik serves."""
        served = await self._served_generation()
        if any(number <= served for number, _ in self._unserved):
            seen = await self._ask("/api/rawdata")
            self._settle([c for n, batch in self._unserved if n <= served for c in batch], seen)

    def _settle_removals(self) -> None:
        """Call removals done while no Traefik runs: it will read the file without them."""
        self._settle([c for _, batch in self._unserved for c in batch if c.route is None], {})

    def _settle(self, changes: list[Change], seen: dict[str, Any]) -> None:
        """Tell everybody whose file is served how their own route fares."""
        for change in changes:
            if change.done.done():
                continue
            fault = find_fault(change.route, seen) if change.route else None
            if fault and self._table.get(change.routespec) == change.route:
                change.done.set_exception(RouteNotServed(f"{change.routespec}: {fault}"))
            else:
                change.done.set_result(None)

    async def _served_generation(self) -> int:
        """Ask which file of this run Traefik has loaded; 0 for none."""
        try:
            service = await self._ask(f"/api/http/services/{MARK}@file")
        except HTTPClientError as error:
            if error.code == 404:
                return 0
            raise
        return parse_mark(service["loadBalancer"]["servers"][0]["url"], self._run)


def _fail(changes: list[Change], error: OSError) -> None:
    """Tell everybody in a batch that it could not be written."""
    for change in changes:
        if not change.done.done():
            change.done.set_exception(error)
