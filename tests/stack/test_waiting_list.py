"""Sixty people at once for eight GPUs: what fits runs, the rest wait, and start by themselves."""

import contextlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.stack.client import Member, wait_for
from tests.stack.stations import TestStation, free_port

pytestmark = pytest.mark.stack

PEOPLE = 60
GPUS = 8
TURNS = 6
"""How many turns are watched; every one of them is a real server."""

WISH = {"gpus": 1, "hours": 1, "if_busy": "wait"}


@pytest.fixture(scope="module")
def crowd(
    engine_version: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestStation, list[Member]]]:
    """A station of eight simulated GPUs, and sixty people who are logged in."""
    station = TestStation(tmp_path_factory.mktemp("crowd") / "home")
    try:
        station.up("--simulate-gpus", str(GPUS), "--https-port", str(free_port()))
        names = [f"person{number:02}" for number in range(PEOPLE)]
        yield station, [station.member(name) for name in names]
    finally:
        station.down()


def waiting(station: TestStation) -> list[dict[str, Any]]:
    """List who waits."""
    items: list[dict[str, Any]] = station.command("queue", "list")["items"]
    return items


def by_time(station: TestStation) -> list[int]:
    """List the waiting tickets as policy orders those of one class who used nothing yet."""
    database = sqlite3.connect(f"file:{station.home}/state/db/allotment.sqlite?mode=ro", uri=True)
    with contextlib.closing(database):
        query = "SELECT id FROM tickets WHERE state = 'waiting' ORDER BY asked_at, id"
        return [row[0] for row in database.execute(query)]


def told_to_wait(answer: httpx.Response) -> bool:
    """See that an answer says to wait as it should, or that it is none."""
    if answer.status_code != 429:
        return False
    assert answer.headers["Allotment-Reason"] == "waiting", answer.text
    assert int(answer.headers["Retry-After"]) > 0
    ticket = answer.headers["Allotment-Ticket"]
    assert f"/hub/api/allotment/tickets/{ticket}" in answer.headers["Link"]
    assert answer.json()["message"]
    return True


def test_sixty_at_once_for_eight_gpus(crowd: tuple[TestStation, list[Member]]) -> None:
    station, people = crowd
    by_name = {member.name: member for member in people}
    with ThreadPoolExecutor(PEOPLE) as pool:
        answers = list(pool.map(lambda member: member.start(WISH), people))
    at_once = {m.name for m, a in zip(people, answers, strict=True) if told_to_wait(a)}
    assert all(a.status_code in (201, 202, 429) for a in answers)
    assert len(waiting(station)) == PEOPLE - GPUS

    leases = station.leases()
    begun = [lease["user"] for lease in leases]
    waits = sorted(set(by_name) - set(begun))
    assert len(begun) == GPUS
    assert at_once == set(waits)
    assert station.leased_slots() == [4] * GPUS
    assert len({gpu["uuid"] for lease in leases for gpu in lease["gpus"]}) == GPUS

    line = waiting(station)
    assert sorted(item["user"] for item in line) == sorted(waits)
    assert [item["position"] for item in line] == list(range(1, len(waits) + 1))
    assert [item["id"] for item in line] == by_time(station)
    assert all(item["reason"] for item in line)

    for name in begun:
        by_name[name].wait_ready()
    for turn in range(TURNS):
        leaving, coming = by_name[begun[turn]], by_name[line[turn]["user"]]
        leaving.stop()
        coming.wait_ready()
        held = {lease["user"] for lease in station.leases()}
        assert coming.name in held
        assert len(held) == GPUS
    served = [item["user"] for item in line[:TURNS]]
    opened = sorted(station.leases(), key=lambda lease: lease["id"])
    assert [lease["user"] for lease in opened[-TURNS:]] == served
    assert len(waiting(station)) == PEOPLE - GPUS - TURNS


def test_the_same_wish_again_is_the_same_place(
    crowd: tuple[TestStation, list[Member]],
) -> None:
    station, people = crowd
    by_name = {member.name: member for member in people}
    last = waiting(station)[-1]
    again = by_name[last["user"]].start(WISH)
    assert told_to_wait(again)
    assert int(again.headers["Allotment-Ticket"]) == last["id"]


def test_who_leaves_the_line_is_not_started(crowd: tuple[TestStation, list[Member]]) -> None:
    station, people = crowd
    by_name = {member.name: member for member in people}
    first, second, *_ = waiting(station)
    path = f"/allotment/tickets/{first['id']}"
    assert by_name[first["user"]].api("DELETE", path).is_success
    by_name[station.leases()[0]["user"]].stop()
    by_name[second["user"]].wait_ready()
    assert by_name[first["user"]].model() is None


def test_nobodys_place_is_lost_with_the_steward(
    crowd: tuple[TestStation, list[Member]],
) -> None:
    station, people = crowd
    by_name = {member.name: member for member in people}
    before = [(item["id"], item["user"]) for item in waiting(station)]
    station.kill("steward")
    by_name[station.leases()[0]["user"]].stop()
    by_name[before[0][1]].wait_ready()
    wait_for(
        lambda: [(item["id"], item["user"]) for item in waiting(station)] == before[1:],
        "everybody else to be where they were",
    )
