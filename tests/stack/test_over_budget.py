"""Somebody over budget is told which, and a manager of their group may still give them time."""

from typing import Any

import pytest

from tests.stack.client import Member
from tests.stack.stations import TestStation

pytestmark = pytest.mark.stack


@pytest.fixture
def group(station: TestStation) -> Any:
    """A group with a budget for each: saver who uses it, keeper who manages the group."""
    saver, keeper = station.member("saver"), station.member("keeper")
    if "savers" not in {found["name"] for found in station.command("group", "list")["items"]}:
        station.command("group", "add", "savers")
        for name in ("saver", "keeper"):
            station.command("group", "member", "add", "savers", name)
        station.command("group", "manager", "add", "savers", "keeper")
    station.command("quota", "set", "group:savers", "--gpu-hours-each", "1/year")
    yield saver, keeper
    station.command("quota", "set", "group:savers", "--gpu-hours-each", "none")


def test_which_budget_how_much_is_held_and_settled_and_when_it_renews(
    station: TestStation, group: tuple[Member, Member]
) -> None:
    saver, _ = group
    answer = saver.start({"gpus": 1, "hours": 2})
    assert answer.status_code == 400
    assert answer.headers["Allotment-Reason"] == "budget"
    why = station.command("quota", "why", "saver", "--gpus", "1", "--hours", "2")
    assert why["outcome"] == "denial"
    [reason] = why["reasons"]
    assert (reason["code"], reason["rule"]) == ("budget", "gpu-hours-each")
    numbers = reason["numbers"]
    assert (numbers["ceiling"], numbers["window"], numbers["asked"]) == (1, "year", 2)
    assert (numbers["from"], numbers["held"]) == ("group:savers", 0)
    assert numbers["renews"].endswith("-01-01")
    for told in (numbers["ceiling"], numbers["asked"], numbers["renews"]):
        assert str(told) in answer.json()["message"]
    assert why["would_fit"]["gpus"] == 1
    assert 0.9 < why["would_fit"]["hours"] <= 1


def test_a_manager_grants_more_time_without_being_administrator(
    station: TestStation, group: tuple[Member, Member]
) -> None:
    saver, keeper = group
    stranger = station.member("stranger")
    assert saver.start({"gpus": 1, "hours": 0.5}).is_success
    saver.wait_ready()
    [lease] = [found for found in station.leases() if found["user"] == "saver"]
    asked = saver.api("POST", f"/allotment/leases/{lease['id']}/extend", json={"hours": 1})
    assert asked.status_code == 202, asked.text
    request = asked.json()["id"]
    assert [reason["code"] for reason in asked.json()["reasons"]] == ["budget"]
    path = f"/allotment/requests/{request}/grant"
    assert stranger.api("POST", path, json={}).status_code == 404
    assert saver.api("POST", path, json={}).status_code == 403
    granted = keeper.api("POST", path, json={"note": "finish the run"})
    assert granted.status_code == 200, granted.text
    [longer] = [found for found in station.leases() if found["user"] == "saver"]
    assert longer["expires_at"] > lease["expires_at"]
    assert keeper.api("POST", path, json={}).status_code in (400, 409)
