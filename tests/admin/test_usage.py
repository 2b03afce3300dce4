"""`allotment usage`."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub import clock, leasing
from hub.clock import BootTime
from hub.house import House
from hub.policy.leases import EndReason, Lease
from tests.admin.conftest import Run

HOUR_MS = 3_600_000


@pytest.fixture
def settled(house: House, cast: None, open_lease: Callable[..., Lease]) -> Lease:
    """A lease of half a GPU that ann ended after two hours."""
    lease = open_lease("ann")
    end = clock.now() + timedelta(hours=2)
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, end)
    boot = clock.boot()
    later = BootTime(boot.boot_id, boot.seconds + 7200)
    leasing.finish_closing(house, lease.id, end, later)
    return lease


def test_usage_is_summed_by_person(run: Run, settled: Lease) -> None:
    (item,) = run("usage", "--json").json["items"]
    assert set(item) == {"key", "gpu_ms", "held_gpu_ms", "leases"}
    assert (item["key"], item["held_gpu_ms"], item["leases"]) == ("ann", 0, 1)
    assert item["gpu_ms"] == pytest.approx(HOUR_MS, rel=0.001)


def test_usage_is_summed_by_account(run: Run, settled: Lease) -> None:
    assert run("usage", "--by", "group", "--json").json["items"][0]["key"] == "group:field-lab"


def test_a_running_lease_holds_the_rest_of_its_cost(
    run: Run, cast: None, open_lease: Callable[..., Lease]
) -> None:
    open_lease("ann", "1")
    (item,) = run("usage", "--json").json["items"]
    assert item["gpu_ms"] + item["held_gpu_ms"] == 4 * HOUR_MS


def test_only_what_is_since_counts(run: Run, settled: Lease) -> None:
    assert run("usage", "--since", "2099-01-01", "--json").json == {"items": []}
    assert len(run("usage", "--since", "7d", "--json").json["items"]) == 1


@pytest.mark.parametrize(
    "words", [["--by", "room"], ["--since", "yesterday"], ["--since", "7"], ["--group"]]
)
def test_wrong_usage_is_status_2(run: Run, words: list[str]) -> None:
    assert run("usage", *words).status == 2


def test_people_read_hours(run: Run, settled: Lease) -> None:
    assert "1.00" in run("usage").out
