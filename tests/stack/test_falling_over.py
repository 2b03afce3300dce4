"""Whatever falls over: the same servers, the same leases, no slot twice, nobody in limbo."""

import threading
from pathlib import Path

import pytest

from tests.stack.client import Member, wait_for
from tests.stack.stations import TestStation

pytestmark = pytest.mark.stack

UNITS = ("hub", "proxy", "steward")


def answers(member: Member) -> bool:
    """Say whether a person's server is reached through the proxy and the hub."""
    try:
        member.server_call("GET", f"{member.user_path()}/api/status")
        return bool((member.model() or {}).get("ready"))
    except Exception:  # noqa: BLE001 - anything at all means: not yet
        return False


def a_kernel(member: Member) -> str:
    """Start a kernel that remembers something."""
    kernel = member.server_call("POST", f"{member.user_path()}/api/kernels", json={}).json()["id"]
    member.run_in(kernel, "x = 42")
    return str(kernel)


@pytest.mark.parametrize("units", [("hub",), ("proxy",), ("steward",), UNITS])
def test_servers_leases_and_kernels_live_on_when_units_are_killed(
    station: TestStation, units: tuple[str, ...]
) -> None:
    member = station.member("survivor")
    member.start({"gpus": 0.5})
    member.wait_ready()
    kernel = a_kernel(member)
    leases, containers = station.leases(), station.containers()
    station.kill(*units)
    station.up()
    wait_for(lambda: answers(member), "the server to be found again", 60)
    assert station.containers() == containers
    assert [lease["id"] for lease in station.leases()] == [lease["id"] for lease in leases]
    assert station.leased_slots() == [2, 0]
    assert member.run_in(kernel, "print(x)") == "42"


@pytest.mark.parametrize("units", [("hub",), UNITS])
def test_a_start_interrupted_by_a_kill_is_finished_or_undone(
    station: TestStation, units: tuple[str, ...]
) -> None:
    member = station.member("interrupted")
    member.start({"gpus": 0.5})
    station.kill(*units)
    station.up()

    def settled() -> bool:
        try:
            ready = bool((member.model() or {}).get("ready"))
        except Exception:  # noqa: BLE001 - the hub is still coming back
            return False
        leases = station.leases()
        if ready:
            return [lease["state"] for lease in leases] == ["active"]
        return leases == [] and station.containers() == []

    wait_for(settled, "a running server with its lease, or neither", 120)
    if member.model() is None:
        member.start({"gpus": 0.5})
        member.wait_ready()
    assert station.leased_slots() == [2, 0]


@pytest.mark.parametrize("after_ms", [0, 30, 150, 400, 1000])
def test_a_cancelled_start_leaves_nothing_behind(station: TestStation, after_ms: int) -> None:
    member = station.member("hasty")
    member.start({"gpus": 0.25})
    wait_exactly(after_ms)
    member.api("DELETE", f"/users/{member.name}/server")
    wait_for(
        lambda: station.leases() == [] and station.containers() == [],
        "lease and container to be gone",
        60,
    )
    wait_for(lambda: member.model() is None, "the hub to forget the server")


def wait_exactly(milliseconds: int) -> None:
    """Let the start go on for a moment; which moment it is interrupted at is the test's input."""
    threading.Event().wait(milliseconds / 1000)


def test_an_expired_lease_ends_its_server(station: TestStation) -> None:
    member = station.member("brief")
    member.start({"hours": 0.017})
    member.wait_ready()
    wait_for(lambda: station.leases() == [], "the lease to expire", 120)
    wait_for(lambda: member.model() is None, "the server to be gone")
    assert station.containers() == []
    closed = station.command("lease", "list", "--all")["items"]
    assert [x["end_reason"] for x in closed if x["user"] == "brief"][-1] == "expire"


def test_a_revoked_lease_ends_its_server_within_the_command(station: TestStation) -> None:
    member = station.member("revoked")
    member.start({"gpus": 0.25})
    member.wait_ready()
    [lease] = station.leases()
    station.command("lease", "revoke", str(lease["id"]))
    assert station.leases() == []
    wait_for(lambda: member.model() is None, "the hub to notice")


def test_a_disabled_users_server_stops_and_their_token_stops_working(
    station: TestStation,
) -> None:
    member = station.member("leaver")
    member.start({})
    member.wait_ready()
    station.command("user", "disable", "leaver")
    wait_for(lambda: station.leases() == [], "the lease to be closed")
    wait_for(
        lambda: member.api("GET", f"/users/{member.name}").status_code in (401, 403, 404),
        "the token to stop working",
        30,
    )
    del station.members["leaver"]


def test_a_wrong_settings_file_is_refused_by_name_and_touches_nothing_that_runs(
    station: TestStation,
) -> None:
    member = station.member("calm")
    member.start({})
    member.wait_ready()
    settings = Path(station.home / "allotment.toml")
    good = settings.read_text()
    try:
        settings.write_text(good + "\n[gpuz]\nslots = 4\n")
        refused = station.try_command("up")
        assert refused.returncode == 1
        assert "gpuz" in refused.stdout + refused.stderr
        assert "line" in refused.stdout + refused.stderr
        assert answers(member)
    finally:
        settings.write_text(good)
