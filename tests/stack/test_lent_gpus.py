"""A group's guaranteed GPU is lent while nobody of it asks, and comes back when somebody does."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from hub import clock
from tests.stack.client import Member, wait_for
from tests.stack.conftest import MINIMUM_RUN_S, NOTICE_S
from tests.stack.stations import TestStation

pytestmark = pytest.mark.stack

WHOLE = {"gpus": 1, "hours": 4, "if_busy": "wait"}
SLACK_S = 60
"""What policy allows beyond notice and minimum run, for stopping and starting."""


def lease_of(station: TestStation, member: Member, *options: str) -> dict[str, Any] | None:
    """Give somebody's newest lease."""
    listed = station.command("lease", "list", *options)["items"]
    mine = [lease for lease in listed if lease["user"] == member.name]
    return mine[-1] if mine else None


@pytest.fixture
def owner(station: TestStation) -> Any:
    """Somebody of a group that is guaranteed one of the two GPUs."""
    member = station.member("owner")
    if "owners" not in {group["name"] for group in station.command("group", "list")["items"]}:
        station.command("group", "add", "owners")
        station.command("group", "member", "add", "owners", "owner")
    station.command("quota", "set", "group:owners", "--guarantee", "1")
    yield member
    station.command("quota", "set", "group:owners", "--guarantee", "none")


def test_a_group_gets_its_gpu_back_from_a_borrower_in_time(
    station: TestStation, owner: Member
) -> None:
    common, borrower = station.member("common"), station.member("borrower")
    assert common.start(WHOLE).is_success
    common.wait_ready()
    assert borrower.start(WHOLE).is_success
    borrower.wait_ready()
    lent = lease_of(station, borrower)
    assert lent is not None
    assert lent["loan"]
    assert not (lease_of(station, common) or {})["loan"]

    told = owner.start(WHOLE)
    asked = clock.now()
    assert told.status_code == 429, told.text
    path = f"/allotment/leases/{lent['id']}"
    wait_for(lambda: borrower.api("GET", path).json()["reclaim_at"], "the borrower to be told")
    owner.wait_ready(seconds=NOTICE_S + MINIMUM_RUN_S + SLACK_S)
    came = clock.now()

    back = lease_of(station, borrower, "--all")
    mine = lease_of(station, owner)
    assert back is not None
    assert mine is not None
    assert (back["id"], back["end_reason"]) == (lent["id"], "reclaim")
    assert mine["gpus"] == lent["gpus"]
    assert not mine["loan"]
    began = datetime.fromisoformat(lent["expires_at"]) - timedelta(hours=WHOLE["hours"])
    due = max(asked + timedelta(seconds=NOTICE_S), began + timedelta(seconds=MINIMUM_RUN_S))
    assert came <= due + timedelta(seconds=SLACK_S)

    [place] = station.command("queue", "list")["items"]
    assert place["user"] == borrower.name
    assert (lease_of(station, common) or {})["state"] == "active"
    owner.stop()
    borrower.wait_ready()
    assert (lease_of(station, borrower) or {})["loan"]
