"""`allotment lease`."""

from collections.abc import Callable
from datetime import datetime

import pytest

from admin.closing import wait_for_closing
from hub import clock, leasing
from hub.house import House
from hub.policy.leases import Lease
from tests.admin.conftest import Run, audit_actions

Open = Callable[..., Lease]


def test_the_list_has_exactly_what_the_contract_says(
    run: Run, cast: None, open_lease: Open
) -> None:
    lease = open_lease("ann")
    (item,) = run("lease", "list", "--json").json["items"]
    times = {key: item.pop(key) for key in ("opened_at", "expires_at", "guaranteed_until")}
    assert all(datetime.fromisoformat(time).tzinfo for time in times.values())
    assert times["expires_at"] == times["guaranteed_until"]
    assert item == {
        "id": lease.id,
        "user": "ann",
        "server": "",
        "account": "group:field-lab",
        "node": "local",
        "gpus": [{"uuid": "GPU-a", "slots": 2}],
        "state": "active",
        "loan": False,
        "end_reason": None,
    }


def test_a_cpu_servers_lease_has_no_gpus(run: Run, cast: None, open_lease: Open) -> None:
    open_lease("ann", "0")
    assert run("lease", "list", "--json").json["items"][0]["gpus"] == []


def test_revoking_ends_a_lease_and_frees_its_slots(
    run: Run, cast: None, steward: None, open_lease: Open, house: House
) -> None:
    lease = open_lease("ann", "1")
    answer = run("lease", "revoke", str(lease.id), "--json")
    assert (answer.status, answer.json["state"]) == (0, "closed")
    assert answer.json["end_reason"] == "revoke"
    assert run("lease", "list", "--json").json == {"items": []}
    assert len(run("lease", "list", "--all", "--json").json["items"]) == 1
    assert open_lease("bob", "1").slots == lease.slots
    assert audit_actions(house).count("lease revoke") == 1


def test_revoking_what_is_closed_is_refused(
    run: Run, cast: None, steward: None, open_lease: Open
) -> None:
    lease = open_lease("ann")
    run("lease", "revoke", str(lease.id))
    assert run("lease", "revoke", str(lease.id), "--json").code == "refused"


def test_what_is_still_closing_is_known_after_the_wait(
    cast: None, open_lease: Open, house: House
) -> None:
    lease = open_lease("ann")
    leasing.revoke(house, lease.id, "test", clock.now())
    assert [left.id for left in wait_for_closing(house, [lease.id], patience_s=0)] == [lease.id]


def test_an_unknown_lease_is_refused(run: Run) -> None:
    assert run("lease", "revoke", "99", "--json").code == "not-found"


@pytest.mark.parametrize("words", [["revoke"], ["revoke", "abc"], ["revoke", "0"], ["extend", "1"]])
def test_wrong_usage_is_status_2(run: Run, words: list[str]) -> None:
    assert run("lease", *words).status == 2
