"""The hub's proxy class: routes that are served within a tenth of a second, written atomically.

Traefik is a unit of its own: this class never starts or stops it. The table in memory is the
truth; at the hub's start it is the last file's, which the hub then corrects by `check_routes`.
"""

import asyncio
import json
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyterhub_traefik_proxy.fileprovider import TraefikFileProviderProxy
from tornado.httpclient import HTTPClientError
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from traitlets import default

from hub.errors import AllotmentError, BadValue
from hub.proxy_config import API_USER, PUBLIC
from spawner.publishing import Publisher
from spawner.routes import Route, RouteRefused, load_routes, parse_route

UNROUTED = (AllotmentError, TimeoutError, OSError)
_checking: ContextVar[bool] = ContextVar("checking", default=False)


class StationProxy(TraefikFileProviderProxy):
    """JupyterHub's proxy on Traefik's file provider, for a Traefik that runs by itself.

    Settings: `dynamic_config_file`, `traefik_api_url`, `traefik_api_password`.
    """

    @default("should_start")
    def _default_should_start(self) -> bool:
        return False

    @default("enable_setup_dynamic_config")
    def _default_enable_setup(self) -> bool:
        return False

    @default("traefik_entrypoint")
    def _default_entrypoint(self) -> str:
        return PUBLIC

    @default("traefik_api_username")
    def _default_api_username(self) -> str:
        return API_USER

    @default("dynamic_config_handler")
    def _default_handler(self) -> None:
        """Keep the base class from choosing a file format by its name; ours is JSON."""

    def _set_dynamic_config_file(self, change: Any) -> None:
        """See _default_handler."""

    def __init__(self, **kwargs: Any) -> None:
        self._table: dict[str, Route] = {}
        self._lazy_publisher: Publisher | None = None
        self._lazy_client: SimpleAsyncHTTPClient | None = None
        super().__init__(**kwargs)

    async def add_user(self, user: Any, server_name: str = "") -> None:
        """Route to a person's server, once its spawner has proved that the target is its own.

        Addresses and ports are used again: an old address may be another person's by now. A start
        fails with the route; in a check of all routes one bad one keeps nobody else out.
        """
        try:
            await self._prove(user.spawners[server_name])
            await super().add_user(user, server_name)
        except UNROUTED:
            if not _checking.get():
                raise
            self.log.exception("No route to %s of %s", server_name or "the server", user.name)

    async def _prove(self, spawner: Any) -> None:
        prove = getattr(spawner, "proves_target", None)
        host = urlsplit(spawner.server.host).hostname
        if prove is None or not await prove(host):
            raise RouteRefused(f"{spawner.proxy_spec}: nothing proves that its container is there")

    async def add_route(self, routespec: str, target: str, data: Mapping[str, Any]) -> None:
        """Add or replace a route; done when Traefik serves exactly this target."""
        await self._ready()
        route = parse_route(self.validate_routespec(routespec), target, dict(data))
        self._table[route.routespec] = route
        await self._publisher.publish(route.routespec, route)

    async def delete_route(self, routespec: str) -> None:
        """Remove a route; done when Traefik no longer sends anybody there. Twice is harmless."""
        await self._ready()
        routespec = self.validate_routespec(routespec)
        if self._table.pop(routespec, None) is None:
            return
        try:
            await self._publisher.publish(routespec, None)
        except (TimeoutError, OSError) as error:
            self.log.warning("Route %s is taken out later, by check_routes: %s", routespec, error)

    async def get_route(self, routespec: str) -> dict[str, Any] | None:
        """Give one route of the table, None when there is none."""
        await self._ready()
        route = self._table.get(self.validate_routespec(routespec))
        return route.as_hub_sees_it() if route else None

    async def get_all_routes(self) -> dict[str, dict[str, Any]]:
        """Give the whole table."""
        await self._ready()
        return {spec: route.as_hub_sees_it() for spec, route in self._table.items()}

    async def check_routes(self, *args: Any, **kwargs: Any) -> None:
        """Bring table and proxy in line with the hub; what can't be is logged."""
        checking = _checking.set(True)
        try:
            await super().check_routes(*args, **kwargs)
            await self._rewrite_if_lost()
        except (*UNROUTED, HTTPClientError):
            self.log.exception("Not every route could be brought in line")
        finally:
            _checking.reset(checking)

    async def _rewrite_if_lost(self) -> None:
        """Write the table anew when Traefik serves something else than the last file."""
        if not await self._publisher.is_current():
            await self._publisher.publish("/", self._table.get("/"))

    @property
    def _publisher(self) -> Publisher:
        if self._lazy_publisher is None:
            path = Path(self.dynamic_config_file).absolute()
            self._lazy_publisher = Publisher(
                path, self.traefik_entrypoint, self._table, self._ask, self.check_route_timeout
            )
        return self._lazy_publisher

    async def _ready(self) -> None:
        """Wait for the start, and fail as it failed."""
        if self._start_future:
            await asyncio.shield(self._start_future)

    async def _start_external(self) -> None:
        """Take over the routes of an earlier run, and wait for Traefik."""
        try:
            path = Path(self.dynamic_config_file)
            self._table.update(await asyncio.to_thread(load_routes, path))
        except BadValue:
            self.log.exception("Starting with no routes")
        await self._wait_for_static_config()
        self._start_future = None

    async def _ask(self, path: str) -> dict[str, Any]:
        response = await self._traefik_api_request(path)
        answer: dict[str, Any] = json.loads(response.body)
        return answer

    async def _traefik_api_request(self, path: str) -> Any:
        """Ask Traefik's API by a client of our own: the hub's waits behind silent servers."""
        if self._lazy_client is None:
            self._lazy_client = SimpleAsyncHTTPClient(
                force_instance=True, max_clients=4, defaults={"request_timeout": 5.0}
            )
        return await self._lazy_client.fetch(
            self.traefik_api_url.rstrip("/") + path,
            auth_username=self.traefik_api_username,
            auth_password=self.traefik_api_password,
        )
