"""`allotment queue`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import pytest

from admin.commands.queue import KEYS
from hub import clock, leasing
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import Lease
from hub.policy.outcomes import Wait
from hub.policy.requests import SpawnRequest
from tests.admin.conftest import Run, audit_actions

Open = Callable[..., Lease]
WHOLE = SpawnRequest(gpus=Fraction(1), if_busy="wait")


@pytest.fixture
def line(house: House, cast: None, open_lease: Open) -> dict[str, int]:
    """Ann runs; bob and charlie wait: their tickets by name."""
    open_lease("ann", "1")
    found = {}
    for name in ("bob", "charlie"):
        told = leasing.request(house, Ask(name, "", WHOLE), clock.now())
        assert isinstance(told, Wait)
        assert told.ticket_id is not None
        found[name] = told.ticket_id
    return found


def order(run: Run) -> list[tuple[str, int]]:
    """List who waits and their positions."""
    items = run("queue", "list", "--json").json["items"]
    return [(item["user"], item["position"]) for item in items]


def test_the_list_has_exactly_what_the_contract_says(run: Run, line: dict[str, int]) -> None:
    first, _ = run("queue", "list", "--json").json["items"]
    reason, soonest = first.pop("reason"), first.pop("earliest")
    assert set(first) | {"reason", "earliest"} == set(KEYS)
    first.pop("latest")
    assert first == {
        "id": line["bob"],
        "user": "bob",
        "gpus": 1,
        "hours": 4,
        "account": "group:field-lab",
        "position": 1,
    }
    assert set(reason) == {"code", "rule", "numbers", "who", "soonest"}
    assert reason["code"] == "gpu-busy"
    assert soonest is None or datetime.fromisoformat(soonest).tzinfo


def test_people_read_why_somebody_waits(run: Run, line: dict[str, int]) -> None:
    assert "No GPU has 1 free now" in run("queue", "list").out


def test_nobody_waits_at_first(run: Run) -> None:
    assert run("queue", "list", "--json").json == {"items": []}
    assert "nobody waits" in run("queue", "list").out


def test_a_ticket_is_moved(run: Run, line: dict[str, int], house: House) -> None:
    assert order(run) == [("bob", 1), ("charlie", 2)]
    answer = run("queue", "move", str(line["charlie"]), "1", "--json")
    assert (answer.status, answer.json["position"]) == (0, 1)
    assert order(run) == [("charlie", 1), ("bob", 2)]
    assert audit_actions(house).count("ticket move") == 1


def test_a_ticket_is_cancelled_once(run: Run, line: dict[str, int], house: House) -> None:
    answer = run("queue", "cancel", str(line["bob"]), "--json")
    assert (answer.status, answer.json["user"]) == (0, "bob")
    assert order(run) == [("charlie", 1)]
    assert run("queue", "cancel", str(line["bob"]), "--json").code == "refused"
    assert audit_actions(house).count("ticket cancel") == 1


@pytest.mark.parametrize("position", ["3", "99999999999999999999"])
def test_a_position_there_is_not_is_refused(run: Run, line: dict[str, int], position: str) -> None:
    assert run("queue", "move", str(line["bob"]), position, "--json").code == "bad-value"


@pytest.mark.parametrize("words", [["move", "99", "1"], ["cancel", "99"]])
def test_an_unknown_ticket_is_refused(run: Run, words: list[str]) -> None:
    assert run("queue", *words, "--json").code == "not-found"


@pytest.mark.parametrize(
    "words", [["move"], ["move", "1"], ["move", "1", "0"], ["cancel", "x"], ["cancel", "0"]]
)
def test_wrong_usage_is_status_2(run: Run, words: list[str]) -> None:
    assert run("queue", *words).status == 2


def test_what_a_stranger_would_wait_for_is_no_ticket(run: Run, house: House, cast: None) -> None:
    leasing.request(house, Ask("bob", "", replace(WHOLE, gpus=Fraction(4))), clock.now())
    assert order(run) == []
