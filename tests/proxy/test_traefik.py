"""The proxy class against a real Traefik: what it says is served is served, and stays so."""

import asyncio
import gc
import stat
import time
from types import SimpleNamespace

import pytest

from hub.errors import BadValue
from spawner.routes import RouteNotServed, RouteRefused
from spawner.traefik import StationProxy
from tests.proxy.conftest import EchoServer, TraefikProcess, ask, make_proxy, request, until

ANN = {"user": "ann", "server_name": ""}


class SpawnerOfAnotherLease:
    """A spawner whose address belongs to somebody else's container by now."""

    proxy_spec = "/user/ann/"
    server = SimpleNamespace(host="http://127.0.0.1:1")
    pending = None

    async def proves_target(self, host: str) -> bool:
        return False


async def test_a_route_is_served_when_add_route_returns(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    await proxy.add_route("/user/ann/", notebook.url, ANN)
    status, echo = await ask(traefik, "/user/ann/lab?x=1")
    assert (status, echo["name"], echo["path"]) == (200, "ann's", "/user/ann/lab?x=1")


async def test_a_route_is_known_with_its_data(proxy: StationProxy, notebook: EchoServer) -> None:
    await proxy.add_route("/user/ann/", notebook.url, ANN)
    kept = {"routespec": "/user/ann/", "target": notebook.url, "data": ANN}
    assert await proxy.get_route("/user/ann/") == kept
    assert await proxy.get_all_routes() == {"/user/ann/": kept}


async def test_a_deleted_route_is_gone_when_delete_route_returns(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    await proxy.add_route("/user/ann/", notebook.url, ANN)
    await proxy.delete_route("/user/ann/")
    assert (await ask(traefik, "/user/ann/lab"))[0] == 404
    assert await proxy.get_all_routes() == {}


async def test_deleting_twice_is_harmless(proxy: StationProxy) -> None:
    await proxy.delete_route("/user/ann/")
    await proxy.delete_route("/user/ann/")


async def test_a_replaced_target_is_served_when_add_route_returns(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer, hub_server: EchoServer
) -> None:
    for server in (notebook, hub_server, notebook, hub_server):
        await proxy.add_route("/user/ann/", server.url, ANN)
        assert (await ask(traefik, "/user/ann/"))[1]["name"] == server.name


async def test_fifty_routes_at_once_are_all_served(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    specs = [f"/user/student-{number}/" for number in range(50)]
    await asyncio.gather(*(proxy.add_route(spec, notebook.url, ANN) for spec in specs))
    answers = await asyncio.gather(*(ask(traefik, spec) for spec in specs))
    assert [status for status, _ in answers] == [200] * 50


async def test_fifty_waiting_changes_make_few_files(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    specs = [f"/user/student-{number}/" for number in range(50)]
    await asyncio.gather(*(proxy.add_route(spec, notebook.url, ANN) for spec in specs))
    assert proxy._publisher._generation <= 2


async def test_routes_outlive_the_hub(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    await proxy.add_route("/user/ann/", notebook.url, ANN)
    after = make_proxy(traefik)
    assert (await after.get_all_routes())["/user/ann/"]["target"] == notebook.url
    assert (await ask(traefik, "/user/ann/"))[0] == 200
    await after.add_route("/user/bob/", notebook.url, {"user": "bob"})
    assert (await ask(traefik, "/user/ann/"))[0] == 200


async def test_routes_outlive_the_proxy(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    await proxy.add_route("/user/ann/", notebook.url, ANN)
    traefik.kill()
    await asyncio.to_thread(traefik.start)
    await asyncio.to_thread(until, lambda: request(traefik, "/user/ann/")[0] == 200)


async def test_a_route_waits_for_a_proxy_that_comes_back(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    await proxy.get_all_routes()
    traefik.kill()
    adding = asyncio.create_task(proxy.add_route("/user/ann/", notebook.url, ANN))
    await asyncio.to_thread(traefik.start)
    await adding
    assert (await ask(traefik, "/user/ann/"))[0] == 200


async def test_a_removal_does_not_wait_for_a_dead_proxy(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    await proxy.add_route("/user/ann/", notebook.url, ANN)
    traefik.kill()
    started = time.monotonic()
    await proxy.delete_route("/user/ann/")
    assert time.monotonic() - started < 2
    await asyncio.to_thread(traefik.start)
    assert (await ask(traefik, "/user/ann/"))[0] == 404


async def test_a_broken_file_of_an_earlier_hub_is_no_routes(
    traefik: TraefikProcess, notebook: EchoServer
) -> None:
    (traefik.facts.served / "routes.yml").write_text('{"http": {"rou')
    proxy = make_proxy(traefik)
    assert await proxy.get_all_routes() == {}
    await proxy.add_route("/user/ann/", notebook.url, ANN)
    assert (await ask(traefik, "/user/ann/"))[0] == 200


async def test_the_file_is_readable_by_the_group_alone(
    traefik: TraefikProcess, proxy: StationProxy, notebook: EchoServer
) -> None:
    await proxy.add_route("/user/ann/", notebook.url, ANN)
    written = traefik.facts.served / "routes.yml"
    assert stat.S_IMODE(written.stat().st_mode) == 0o640
    assert {path.name for path in traefik.facts.served.iterdir()} == {"routes.yml", "station.yml"}


async def test_a_full_disk_is_told_to_the_hub(
    traefik: TraefikProcess,
    proxy: StationProxy,
    notebook: EchoServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("spawner.publishing.write_document", disk_full)
        with pytest.raises(OSError, match="No space left"):
            await proxy.add_route("/user/ann/", notebook.url, ANN)
    await proxy.add_route("/user/bob/", notebook.url, ANN)
    assert (await ask(traefik, "/user/bob/"))[0] == 200


async def test_a_target_nobody_proves_is_not_routed_to(proxy: StationProxy) -> None:
    user = SimpleNamespace(name="ann", spawners={"": SpawnerOfAnotherLease()})
    with pytest.raises(RouteRefused):
        await proxy.add_user(user)
    assert await proxy.get_all_routes() == {}


async def test_a_spawner_that_cannot_prove_its_target_is_not_routed_to(proxy: StationProxy) -> None:
    spawner = SimpleNamespace(
        proxy_spec="/user/ann/", server=SimpleNamespace(host="http://127.0.0.1:1"), pending=None
    )
    with pytest.raises(RouteRefused):
        await proxy.add_user(SimpleNamespace(name="ann", spawners={"": spawner}))


async def test_a_name_that_would_end_a_rules_quotes_is_refused(proxy: StationProxy) -> None:
    with pytest.raises(BadValue):
        await proxy.add_route("/user/a%60)%20||%20PathPrefix(%60/", "http://127.0.0.1:1", {})


async def test_a_route_traefik_turns_down_is_told(proxy: StationProxy) -> None:
    await proxy.get_all_routes()
    proxy.traefik_entrypoint = "of-another-station"
    with pytest.raises(RouteNotServed):
        await proxy.add_route("/user/ann/", "http://127.0.0.1:1", ANN)


async def test_the_event_loop_is_not_blocked_by_three_hundred_routes(
    proxy: StationProxy, notebook: EchoServer
) -> None:
    specs = [f"/user/student-{number}/" for number in range(300)]
    await asyncio.gather(*(proxy.add_route(spec, notebook.url, ANN) for spec in specs))
    longest = 0.0
    gc.disable()  # the heap of a whole test run is not the hub's
    adding = asyncio.create_task(proxy.add_route("/user/ann/", notebook.url, ANN))
    while not adding.done():
        before = time.thread_time()  # of this thread alone: others may keep the machine busy
        await asyncio.sleep(0.001)
        longest = max(longest, time.thread_time() - before)
    gc.enable()
    await adding
    assert longest < 0.05
