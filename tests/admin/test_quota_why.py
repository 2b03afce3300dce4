"""`allotment quota why`: what would become of a start, and every reason against it."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

from hub import clock, leasing
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import Lease
from hub.policy.outcomes import Wait
from hub.policy.requests import SpawnRequest
from tests.admin.conftest import Run


def test_why_says_where_it_would_be_placed(run: Run, cast: None) -> None:
    answer = run("quota", "why", "ann", "--gpus", "0.5", "--json")
    assert (answer.status, answer.json) == (
        0,
        {
            "outcome": "grant",
            "reasons": [],
            "placement": {"node": "local", "gpus": [{"uuid": "GPU-a", "slots": 2}]},
            "would_fit": {"gpus": 0.5, "hours": 4},
        },
    )


def test_why_gives_every_reason_and_what_would_pass(
    run: Run, cast: None, open_lease: Callable[..., Lease]
) -> None:
    open_lease("bob", "0.5")
    answer = run("quota", "why", "ann", "--gpus", "2", "--hours", "9", "--json")
    assert answer.status == 0
    assert answer.json["outcome"] == "denial"
    assert [reason["code"] for reason in answer.json["reasons"]] == [
        "gpu-quota",
        "hours-quota",
        "request",
    ]
    assert answer.json["reasons"][0] == {
        "code": "gpu-quota",
        "rule": "gpus",
        "numbers": {"ceiling": 1, "from": "site", "held": 0, "asked": 2},
        "who": "administrator",
        "soonest": None,
    }
    assert answer.json["would_fit"] == {"gpus": 0.5, "hours": 8}


def test_why_names_the_soonest_time_with_its_offset(
    run: Run, cast: None, open_lease: Callable[..., Lease]
) -> None:
    open_lease("bob", "1")
    (reason,) = run("quota", "why", "ann", "--gpus", "0.5", "--json").json["reasons"]
    assert (reason["code"], reason["who"]) == ("gpu-busy", "time")
    assert reason["soonest"].endswith("+00:00")


def test_without_any_quota_nobody_starts_anything(run: Run) -> None:
    run("user", "add", "ann", "--password-stdin", typed="a lasting password\n")
    answer = run("quota", "why", "ann", "--gpus", "0", "--json").json
    assert [(r["code"], r["rule"]) for r in answer["reasons"]] == [
        ("gpu-quota", "none"),
        ("server-quota", "none"),
        ("hours-quota", "none"),
    ]
    assert answer["would_fit"] == {"gpus": 0, "hours": 0}


def test_why_of_somebody_unknown_is_a_denial(run: Run) -> None:
    answer = run("quota", "why", "ghost", "--gpus", "1", "--json")
    assert (answer.status, answer.json["outcome"]) == (0, "denial")
    assert answer.json["reasons"][0]["code"] == "account"


def test_why_for_people_is_sentence_by_sentence(run: Run, cast: None) -> None:
    answer = run("quota", "why", "ann", "--gpus", "2")
    assert answer.status == 0
    assert "- You may hold 1 GPU at once (set for site); you hold 0, asked for 2." in answer.out
    assert "would pass now" in answer.out


def test_why_says_wait_where_only_room_is_missing_with_when_and_what_would_pass(
    run: Run, cast: None, open_lease: Callable[..., Lease]
) -> None:
    open_lease("bob", "0.75")
    answer = run("quota", "why", "ann", "--gpus", "0.5", "--json").json
    assert (answer["outcome"], [r["code"] for r in answer["reasons"]]) == ("wait", ["gpu-busy"])
    assert answer["earliest"] is not None
    assert answer["would_fit"]["gpus"] == 0.25
    assert "would pass now" in run("quota", "why", "ann", "--gpus", "0.5").out


def test_why_says_before_the_start_that_it_would_be_a_loan(run: Run, cast: None) -> None:
    run("quota", "set", "group:visitors", "--guarantee", "1")
    answer = run("quota", "why", "ann", "--gpus", "0.5", "--json").json
    assert (answer["outcome"], answer["loan"]) == ("grant", True)
    assert "given back on notice" in run("quota", "why", "ann", "--gpus", "0.5").out
    assert "loan" not in run("quota", "why", "charlie", "--gpus", "0.5", "--json").json


def test_a_wall_a_group_demands_keeps_its_people_from_sharing_a_weaker_gpu(
    run: Run, cast: None, open_lease: Callable[..., Lease]
) -> None:
    open_lease("charlie", "0.25")
    assert run("quota", "why", "ann", "--gpus", "0.5", "--json").json["outcome"] == "grant"
    run("quota", "set", "group:field-lab", "--isolation", "firm")
    assert run("quota", "why", "ann", "--gpus", "0.5", "--json").json["outcome"] == "wait"
    run("quota", "set", "group:field-lab", "--isolation", "soft")
    run("quota", "set", "group:visitors", "--isolation", "hard")
    assert run("quota", "why", "ann", "--gpus", "0.5", "--json").json["outcome"] == "wait"


def test_why_of_who_waits_is_told_of_the_place_they_have(
    run: Run, cast: None, house: House, open_lease: Callable[..., Lease]
) -> None:
    open_lease("ann", "1")
    before = run("quota", "why", "bob", "--gpus", "0.5", "--hours", "1", "--json").json
    request = SpawnRequest(gpus=Fraction(1, 2), duration=timedelta(hours=1), if_busy="wait")
    assert isinstance(leasing.request(house, Ask("bob", "", request), clock.now()), Wait)
    after = run("quota", "why", "bob", "--gpus", "0.5", "--hours", "1", "--json").json
    assert (before["outcome"], after["outcome"]) == ("wait", "wait")
    assert [reason["code"] for reason in after["reasons"]] == ["gpu-busy"]
    assert after["earliest"] is not None
    assert after["latest"] is not None


def test_the_total_of_hours_binds_a_start_where_it_is_set(run: Run, cast: None) -> None:
    run("quota", "set", "user:charlie", "--lease-hours-total", "1")
    answer = run("quota", "why", "charlie", "--gpus", "0", "--hours", "8", "--json").json
    assert [(r["code"], r["rule"]) for r in answer["reasons"]] == [
        ("hours-quota", "lease-hours-total")
    ]
    assert answer["would_fit"] == {"gpus": 0, "hours": 1}
    assert run("quota", "why", "charlie", "--gpus", "0", "--json").json["outcome"] == "grant"
