"""Shares and ceilings over HTTP: what fits runs, what does not is told why, and nothing is held."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.stack.client import Member, wait_for
from tests.stack.stations import TestStation

pytestmark = pytest.mark.stack

FOUR = ("four-a", "four-b", "four-c", "four-d")


def nothing_began(station: TestStation, before: int) -> None:
    """See that no container and no lease came of a refusal."""
    assert len(station.containers()) == before
    assert station.leases() == []


def code_of(answer: httpx.Response) -> str:
    """Read the reason code of a refusal, which header and message both give."""
    assert answer.status_code == 400, (answer.status_code, answer.text)
    code = answer.headers["Allotment-Reason"]
    assert answer.json()["message"].startswith(f"{code}: ")
    assert set(answer.json()) == {"status", "message"}
    return str(code)


def test_four_halves_fit_on_two_gpus_and_the_fifth_is_told_why(station: TestStation) -> None:
    people = [station.member(name) for name in FOUR]
    fifth = station.member("fifth")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda member: member.start({"gpus": 0.5}), people))
        list(pool.map(lambda member: member.wait_ready(), people))
    assert station.leased_slots() == [4, 4]
    answer = fifth.start({"gpus": 0.5, "hours": 99})
    assert code_of(answer) == "hours-quota"
    assert "8 h at most" in answer.json()["message"]
    assert "0 of 8 slots" in answer.json()["message"]
    assert code_of(fifth.start({"gpus": 0.5})) == "gpu-busy"
    assert fifth.model() is None
    why = station.command("quota", "why", "fifth", "--gpus", "0.5")
    assert why["outcome"] == "wait"
    assert [reason["code"] for reason in why["reasons"]] == ["gpu-busy"]
    assert why["would_fit"]["gpus"] == 0


def test_over_ones_quota_the_numbers_are_told(station: TestStation) -> None:
    member = station.member("over")
    station.command("quota", "set", "user:over", "--gpus", "0.25")
    answer = member.start({"gpus": 0.5})
    assert code_of(answer) == "gpu-quota"
    assert "0.25" in answer.json()["message"]
    assert "0.5" in answer.json()["message"]
    station.command("quota", "set", "user:over", "--gpus", "none")
    assert member.start({"gpus": 0.5}).status_code in (201, 202)
    member.wait_ready()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"gpus": -1}, "request"),
        ({"gpus": 1.5}, "request"),
        ('{"gpus": NaN}', "request"),
        ({"gpus": "all"}, "request"),
        ({"gpus": True}, "request"),
        ({"gpus": 10**9}, "request"),
        ({"profile": "nope"}, "profile"),
        ({"image": "evil", "gpus": 0}, "request"),
        ({"user_options": {"gpus": -1}}, "request"),
        ({"group": "nobodys"}, "account"),
    ],
)
def test_what_can_not_be_is_refused_and_not_repeated_by_the_next_empty_start(
    station: TestStation, body: Any, code: str
) -> None:
    member = station.member("strange")
    before = len(station.containers())
    text = body if isinstance(body, str) else json.dumps(body)
    answer = member.api("POST", f"/users/{member.name}/server", content=text)
    assert code_of(answer) == code
    nothing_began(station, before)
    assert member.start().status_code in (201, 202)
    member.wait_ready()
    [lease] = station.leases()
    assert lease["gpus"] == []


def test_a_start_for_another_is_not_found(station: TestStation) -> None:
    ann, victim = station.member("one"), station.member("victim")
    answer = ann.api("POST", f"/users/{victim.name}/server", json={})
    assert answer.status_code == 404
    nothing_began(station, 0)


def test_stored_options_are_judged_and_never_kept(station: TestStation) -> None:
    member = station.member("storing")
    answer = member.api(
        "PUT",
        f"/users/{member.name}/servers/named",
        json={"display_name": "n", "user_options": {"gpus": -1}},
    )
    assert answer.status_code == 201
    assert code_of(member.start(server="named")) == "request"
    assert member.start(server="named").status_code in (201, 202)
    member.wait_ready("named")


@pytest.mark.parametrize("times", [3, pytest.param(100, marks=pytest.mark.long)])
def test_two_starts_at_once_on_a_ceiling_of_one_are_never_both_and_never_neither(
    station: TestStation, times: int
) -> None:
    member = station.member("twice")
    with ThreadPoolExecutor(2) as pool:
        for _ in range(times):
            answers = list(pool.map(lambda name: member.start({}, name), ("a", "b")))
            good = [answer.status_code for answer in answers if answer.is_success]
            assert len(good) == 1, [answer.text for answer in answers]
            assert [code_of(a) for a in answers if not a.is_success] == ["server-quota"]
            assert len(station.leases()) == 1
            for name in ("a", "b"):
                stop_if_there(member, name)
            wait_for(lambda: station.leases() == [], "every lease to be closed")


def stop_if_there(member: Member, server: str) -> None:
    """Stop a server that starts or runs."""
    if member.model(server) is not None:
        member.stop(server)
