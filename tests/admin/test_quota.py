"""`allotment quota`."""

from collections.abc import Callable

import pytest

from hub.house import House
from hub.policy.leases import Lease
from tests.admin.conftest import Run, audit_actions


def test_what_is_set_is_shown_with_where_it_comes_from(run: Run, cast: None) -> None:
    run("quota", "set", "group:field-lab", "--gpus", "2", "--cpus", "8.5")
    run("quota", "set", "user:ann", "--memory-gib", "16")
    assert run("quota", "show", "user:ann", "--json").json == {
        "scope": "user:ann",
        "set": {"memory_gib": 16},
        "effective": {
            "gpus": {"value": 2, "from": "group:field-lab"},
            "servers": {"value": 1, "from": "site"},
            "lease_hours": {"value": 8, "from": "site"},
            "cpus": {"value": 8.5, "from": "group:field-lab"},
            "memory_gib": {"value": 16, "from": "user:ann"},
        },
    }


def test_setting_answers_as_show_does(run: Run, cast: None) -> None:
    answer = run("quota", "set", "group:visitors", "--gpus", "0.5", "--json")
    assert answer.json == run("quota", "show", "group:visitors", "--json").json
    assert answer.json["set"] == {"gpus": 0.5}


def test_none_removes_a_value(run: Run, cast: None) -> None:
    run("quota", "set", "user:ann", "--gpus", "0")
    answer = run("quota", "set", "user:ann", "--gpus", "none", "--json")
    assert answer.json["set"] == {}
    assert answer.json["effective"]["gpus"] == {"value": 1, "from": "site"}


def test_zero_is_a_value(run: Run, cast: None) -> None:
    answer = run("quota", "set", "user:ann", "--gpus", "0", "--json")
    assert answer.json["effective"]["gpus"] == {"value": 0, "from": "user:ann"}


def test_setting_the_same_twice_is_harmless_and_audited_once(run: Run, house: House) -> None:
    for _ in range(2):
        assert run("quota", "set", "site", "--gpus", "2").status == 0
    assert audit_actions(house) == ["quota set"]


@pytest.mark.parametrize("scope", ["user:ghost", "group:nowhere", "course:botany"])
def test_a_scope_that_is_not_there_is_refused(run: Run, scope: str) -> None:
    assert run("quota", "set", scope, "--gpus", "1", "--json").code == "not-found"
    assert run("quota", "show", scope, "--json").code == "not-found"


@pytest.mark.parametrize("scope", ["ann", "site:", "site:x", "user:", "user", "team:x", ""])
def test_another_form_of_scope_is_wrong_usage(run: Run, scope: str) -> None:
    assert run("quota", "set", scope, "--gpus", "1").status == 2
    assert run("quota", "show", scope).status == 2


@pytest.mark.parametrize(
    "value", ["-1", "nan", "NaN", "inf", "1e3", "0.0001", "1/2", "all", "", "½", "١", "9" * 12]
)
def test_a_value_that_is_no_number_is_wrong_usage(run: Run, value: str) -> None:
    assert run("quota", "set", "site", "--gpus", value).status == 2
    assert run("quota", "show", "site", "--json").json["set"] == {}


@pytest.mark.parametrize(
    "words",
    [
        ["set", "site"],
        ["set", "site", "--servers", "1.5"],
        ["set", "site", "--total-gpus", "4"],
        ["set", "--gpus", "1"],
        ["why", "ann"],
        ["why", "ann", "--gpus", "-1"],
        ["why", "ann", "--gpus", "nan"],
        ["why", "ann", "--gpus", "1", "--hours", "0"],
    ],
)
def test_wrong_usage_is_status_2(run: Run, words: list[str]) -> None:
    assert run("quota", *words).status == 2


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
