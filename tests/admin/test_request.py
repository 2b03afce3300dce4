"""`allotment request`, and `lease extend` that leads to it."""

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction

import pytest

from hub.house import House
from hub.policy.ceilings import Quota
from hub.policy.leases import Lease
from hub.store import ceilings
from tests.admin.conftest import Run, audit_actions

Open = Callable[..., Lease]


@pytest.fixture
def asked(run: Run, cast: None, open_lease: Open, house: House) -> Lease:
    """A lease of ann's that may not run longer than it does, and that she wants extended."""
    with house.database.write() as db:
        ceilings.set_ceiling(db, "site", "lease_hours_total", Quota(Fraction(4)))
    lease = open_lease("ann")
    assert run("lease", "extend", str(lease.id), "--hours", "2", "--json").status == 1
    return lease


def test_extending_gives_the_lease_as_it_is_then(
    run: Run, cast: None, open_lease: Open, house: House
) -> None:
    lease = open_lease("ann")
    answer = run("lease", "extend", str(lease.id), "--hours", "1.5", "--json")
    assert answer.status == 0
    until = datetime.fromisoformat(answer.json["expires_at"])
    assert lease.expires_at is not None
    assert (until - lease.expires_at).total_seconds() == pytest.approx(5400, abs=1)
    assert audit_actions(house).count("lease extend") == 1


def test_what_a_rule_forbids_is_refused_with_its_reason_and_becomes_a_request(
    run: Run, asked: Lease
) -> None:
    answer = run("lease", "extend", str(asked.id), "--hours", "2", "--json")
    assert answer.code == "hours-quota"
    (reason,) = answer.json["error"]["reasons"]
    assert (reason["rule"], reason["numbers"]["ceiling"]) == ("lease-hours-total", 4)
    assert "./allotment request grant 1" in answer.json["error"]["message"]


def test_the_list_has_what_waits_for_a_decision(run: Run, asked: Lease) -> None:
    (item,) = run("request", "list", "--json").json["items"]
    assert datetime.fromisoformat(item.pop("asked_at")).tzinfo
    assert item == {
        "id": 1,
        "kind": "extension",
        "user": "ann",
        "account": "group:field-lab",
        "lease": asked.id,
        "hours": 2,
        "state": "open",
        "decided_at": None,
        "decided_by": None,
        "note": "",
    }


def test_granting_extends_the_lease(run: Run, asked: Lease, house: House) -> None:
    answer = run("request", "grant", "1", "--note", "thesis", "--json")
    assert (answer.status, answer.json["state"]) == (0, "granted")
    assert (answer.json["decided_by"], answer.json["note"]) == ("host", "thesis")
    (lease,) = run("lease", "list", "--json").json["items"]
    until = datetime.fromisoformat(lease["expires_at"])
    assert asked.expires_at is not None
    assert (until - asked.expires_at).total_seconds() == pytest.approx(7200, abs=1)
    assert run("request", "list", "--json").json == {"items": []}
    assert len(run("request", "list", "--all", "--json").json["items"]) == 1


def test_refusing_leaves_the_lease_as_it_is(run: Run, asked: Lease) -> None:
    answer = run("request", "refuse", "1", "--json")
    assert (answer.status, answer.json["state"]) == (0, "refused")
    (lease,) = run("lease", "list", "--json").json["items"]
    assert datetime.fromisoformat(lease["expires_at"]) == asked.expires_at.replace(microsecond=0)  # type: ignore[union-attr]


def test_a_request_is_decided_once(run: Run, asked: Lease) -> None:
    run("request", "refuse", "1")
    assert run("request", "grant", "1", "--json").code == "state-changed"


def test_an_unknown_request_or_lease_is_refused(run: Run) -> None:
    assert run("request", "grant", "9", "--json").code == "not-found"
    assert run("lease", "extend", "9", "--hours", "1", "--json").code == "not-found"


@pytest.mark.parametrize("hours", ["0", "99999"])
def test_hours_out_of_reason_are_refused(
    run: Run, cast: None, open_lease: Open, hours: str
) -> None:
    lease = open_lease("ann")
    answer = run("lease", "extend", str(lease.id), "--hours", hours, "--json")
    assert answer.code == "bad-value"


@pytest.mark.parametrize(
    "words",
    [
        ["lease", "extend", "1"],
        ["lease", "extend", "1", "--hours", "-1"],
        ["lease", "extend", "1", "--hours", "two"],
        ["request", "grant"],
        ["request", "grant", "0"],
    ],
)
def test_wrong_usage_is_status_2(run: Run, words: list[str]) -> None:
    assert run(*words).status == 2
