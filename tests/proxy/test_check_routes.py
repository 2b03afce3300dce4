"""What the hub makes of the table when it starts, and every now and then."""

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from spawner.traefik import StationProxy
from tests.proxy.conftest import EchoServer, TraefikProcess, ask, make_proxy, request, until


class SpawnerWithItsContainer:
    """A running spawner whose container has the address it says."""

    pending = None
    ready = True
    proves = True

    def __init__(self, person: str, target: str) -> None:
        self.proxy_spec = f"/user/{person}/"
        self.server = SimpleNamespace(host=target)

    async def proves_target(self, host: str) -> bool:
        assert host == "127.0.0.1", "the address alone, without scheme and port"
        return self.proves


class SpawnerOfAnotherLease(SpawnerWithItsContainer):
    """A spawner whose address belongs to somebody else's container by now."""

    proves = False


class SpawnerWithASilentEngine(SpawnerWithItsContainer):
    """A spawner whose engine does not answer."""

    async def proves_target(self, host: str) -> bool:
        raise TimeoutError("the engine does not answer")


@dataclass
class Hub:
    """As much of JupyterHub as looks after routes."""

    proxy: StationProxy
    users: dict[str, Any]

    def give(self, person: str, spawner: SpawnerWithItsContainer) -> None:
        self.users[person] = SimpleNamespace(name=person, spawners={"": spawner})

    async def check(self) -> None:
        await self.proxy.check_routes(self.users, {})


def attach(proxy: StationProxy, server: EchoServer) -> Hub:
    """Put a hub on the other side of the proxy class."""
    hub = SimpleNamespace(routespec="/", host=server.url)
    proxy.app, proxy.hub = SimpleNamespace(hub=hub), hub
    return Hub(proxy, {})


@pytest.fixture
def hub(proxy: StationProxy, hub_server: EchoServer) -> Hub:
    """A hub that just started."""
    return attach(proxy, hub_server)


async def test_a_new_hub_routes_to_itself_and_to_whoever_is_ready(
    traefik: TraefikProcess, hub: Hub, notebook: EchoServer
) -> None:
    hub.give("ann", SpawnerWithItsContainer("ann", notebook.url))
    await hub.check()
    assert (await ask(traefik, "/hub/home"))[1]["name"] == "hub"
    assert (await ask(traefik, "/user/ann/lab"))[1]["name"] == "ann's"


async def test_one_address_that_is_not_proved_keeps_nobody_else_out(
    traefik: TraefikProcess, hub: Hub, notebook: EchoServer
) -> None:
    hub.give("ann", SpawnerOfAnotherLease("ann", notebook.url))
    hub.give("bob", SpawnerWithItsContainer("bob", notebook.url))
    hub.give("charlie", SpawnerWithASilentEngine("charlie", notebook.url))
    await hub.check()
    assert sorted(await hub.proxy.get_all_routes()) == ["/", "/user/bob/"]
    assert (await ask(traefik, "/user/ann/lab"))[1]["name"] == "hub"
    assert (await ask(traefik, "/user/bob/lab"))[1]["name"] == "ann's"


async def test_a_hub_that_comes_back_takes_away_what_is_stale(
    traefik: TraefikProcess, hub: Hub, notebook: EchoServer, hub_server: EchoServer
) -> None:
    hub.give("ann", SpawnerWithItsContainer("ann", notebook.url))
    hub.give("bob", SpawnerWithItsContainer("bob", notebook.url))
    await hub.check()
    after = attach(make_proxy(traefik), hub_server)
    after.give("bob", SpawnerWithItsContainer("bob", notebook.url))
    await after.check()
    assert (await ask(traefik, "/user/ann/lab"))[1]["name"] == "hub"
    assert (await ask(traefik, "/user/bob/lab"))[1]["name"] == "ann's"


async def test_a_server_whose_state_is_not_known_yet_keeps_its_route(
    traefik: TraefikProcess, hub: Hub, notebook: EchoServer, hub_server: EchoServer
) -> None:
    hub.give("ann", SpawnerWithItsContainer("ann", notebook.url))
    await hub.check()
    after = attach(make_proxy(traefik), hub_server)
    waiting = SpawnerWithItsContainer("ann", notebook.url)
    waiting.ready, waiting.pending = False, "check"
    after.give("ann", waiting)
    await after.check()
    assert (await ask(traefik, "/user/ann/lab"))[1]["name"] == "ann's"


async def test_a_file_somebody_removed_is_written_anew(
    traefik: TraefikProcess, hub: Hub, notebook: EchoServer
) -> None:
    hub.give("ann", SpawnerWithItsContainer("ann", notebook.url))
    await hub.check()
    (traefik.facts.served / "routes.yml").unlink()
    await asyncio.to_thread(until, lambda: request(traefik, "/user/ann/lab")[0] == 404)
    await hub.check()
    assert (await ask(traefik, "/user/ann/lab"))[1]["name"] == "ann's"


async def test_a_hub_whose_address_changed_is_routed_to_anew(
    traefik: TraefikProcess, hub: Hub, notebook: EchoServer
) -> None:
    await hub.check()
    attach(hub.proxy, notebook)
    await hub.check()
    assert (await ask(traefik, "/hub/home"))[1]["name"] == "ann's"


async def test_a_proxy_that_is_away_does_not_end_the_check(
    traefik: TraefikProcess, hub: Hub, notebook: EchoServer
) -> None:
    await hub.check()
    traefik.kill()
    hub.proxy.check_route_timeout = 1
    await hub.check()
