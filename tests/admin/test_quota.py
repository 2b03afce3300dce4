"""`allotment quota`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from admin import output
from hub import clock
from hub.house import House
from hub.policy.leases import Lease
from hub.store.gpus import replace_node
from tests.admin.conftest import GPU, Run, audit_actions


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
        ["set", "site", "--storage-gib", "4"],
        ["set", "site", "--guarantee", "1"],
        ["set", "user:ann", "--guarantee", "1"],
        ["set", "site", "--priority", "1"],
        ["set", "user:ann", "--isolation", "hard"],
        ["set", "group:field-lab", "--priority", "10"],
        ["set", "group:field-lab", "--priority", "1.5"],
        ["set", "group:field-lab", "--isolation", "thick"],
        ["set", "group:field-lab", "--guarantee", "-1"],
        ["set", "site", "--lease-hours", "8785"],
        ["set", "site", "--gpus", "100001"],
        ["set", "site", "--gpu-hours", "40"],
        ["set", "site", "--gpu-hours", "40/fortnight"],
        ["set", "site", "--gpu-hours", "/week"],
        ["set", "site", "--gpu-hours", "-1/week"],
        ["set", "site", "--gpu-hours", "nan/week"],
        ["set", "site", "--gpu-hours", "0.0000001/week"],
        ["set", "site", "--gpu-hours", "4/week/day"],
        ["set", "user:ann", "--gpus", "1", "--total-gpus", "2"],
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


def test_every_kind_can_be_set_at_a_group_and_removed_again(run: Run, cast: None) -> None:
    values = {
        "gpus": 2,
        "servers": 3,
        "lease_hours": 12,
        "lease_hours_total": 24.5,
        "memory_gib": 32,
        "cpus": 8,
        "gpu_hours_each": "10/day",
        "total_gpus": 4,
        "total_servers": 6,
        "gpu_hours": "40.5/week",
        "guarantee": 0.5,
        "priority": 7,
        "isolation": "firm",
    }
    for removed in (False, True):
        words = [
            word
            for kind, value in values.items()
            for word in ("--" + kind.replace("_", "-"), "none" if removed else str(value))
        ]
        answer = run("quota", "set", "group:field-lab", *words, "--json")
        assert answer.json["set"] == ({} if removed else values)


def test_a_budget_is_shown_with_its_window(run: Run, cast: None) -> None:
    run("quota", "set", "group:field-lab", "--gpu-hours", "40/week", "--gpu-hours-each", "4/day")
    run("quota", "set", "site", "--gpu-hours", "1000/month")
    effective = run("quota", "show", "user:ann", "--json").json["effective"]
    assert effective["gpu_hours_each"] == {"value": 4, "window": "day", "from": "group:field-lab"}
    assert effective["gpu_hours"] == {
        "value": 40,
        "window": "week",
        "from": "group:field-lab",
        "also": [{"value": 1000, "window": "month", "from": "site"}],
    }
    assert "40/week" in run("quota", "show", "user:ann").out


def test_a_budget_of_nothing_is_a_budget(run: Run, cast: None) -> None:
    answer = run("quota", "set", "user:ann", "--gpu-hours", "0/week", "--json")
    assert answer.json["set"] == {"gpu_hours_each": "0/week"}


def test_for_one_person_together_and_each_are_the_same(run: Run, cast: None) -> None:
    answer = run("quota", "set", "user:ann", "--total-gpus", "2", "--gpus", "2", "--json")
    assert answer.json["set"] == {"gpus": 2}
    assert run("quota", "set", "user:ann", "--total-gpus", "none", "--json").json["set"] == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["site", "--guarantee", "1"], "set it at group:NAME"),
        (["user:ann", "--priority", "1"], "set it at group:NAME"),
        (["user:ann", "--isolation", "hard"], "group:NAME or site"),
        (["site", "--gpu-hours", "4/hour"], "day, week, month, year"),
        (["site", "--isolation", "none-such"], "hard, firm, soft"),
    ],
)
def test_wrong_usage_says_what_would_be_right(run: Run, words: list[str], said: str) -> None:
    answer = run("quota", "set", *words)
    assert answer.status == 2
    assert said in " ".join(answer.err.replace("│", " ").split())


def test_guarantees_beyond_all_gpus_are_refused_with_the_numbers(run: Run, cast: None) -> None:
    assert run("quota", "set", "group:field-lab", "--guarantee", "0.75").status == 0
    answer = run("quota", "set", "group:visitors", "--guarantee", "0.5", "--json")
    assert answer.code == "refused"
    said = answer.json["error"]["message"]
    assert "1.25" in said
    assert "group:field-lab 0.75, group:visitors 0.5" in said
    assert run("quota", "show", "group:visitors", "--json").json["set"] == {}


def test_a_guarantee_may_be_lowered_though_gpus_were_lost(
    run: Run, cast: None, house: House
) -> None:
    for group in ("field-lab", "visitors"):
        run("quota", "set", f"group:{group}", "--guarantee", "0.5")
    with house.database.write() as db:
        replace_node(db, "local", [replace(GPU, slots=4, weight=25)], clock.now())
    answer = run("quota", "set", "group:field-lab", "--guarantee", "0.25", "--json")
    assert answer.json["set"] == {"guarantee": 0.25}


def test_a_raised_guarantee_holds_now_where_nothing_is_in_its_way(run: Run, cast: None) -> None:
    answer = run("quota", "set", "group:field-lab", "--guarantee", "0.5", "--json")
    holds = datetime.fromisoformat(answer.json["guarantee_holds_from"])
    assert abs(holds - clock.now()) < timedelta(minutes=1)
    again = run("quota", "set", "group:field-lab", "--guarantee", "0.25", "--json")
    assert "guarantee_holds_from" not in again.json


def test_a_raised_guarantee_holds_when_the_leases_in_its_way_have_ended(
    run: Run, cast: None, open_lease: Callable[..., Lease], house: House
) -> None:
    lease = open_lease("charlie", "0.75")
    assert lease.expires_at is not None
    answer = run("quota", "set", "group:field-lab", "--guarantee", "0.5", "--json")
    assert answer.json["guarantee_holds_from"] == output.moment(lease.expires_at, house.zone)
    assert (
        "the guarantee holds from"
        in run("quota", "set", "group:field-lab", "--guarantee", "0.75").out
    )


def test_after_gpus_are_lost_a_guarantee_counts_in_proportion(
    run: Run, cast: None, house: House
) -> None:
    other = replace(GPU, uuid="GPU-b")
    with house.database.write() as db:
        replace_node(db, "local", [GPU, other], clock.now())
    run("quota", "set", "group:field-lab", "--guarantee", "1.25")
    with house.database.write() as db:
        replace_node(db, "local", [GPU, replace(other, health="fault")], clock.now())
    shown = run("quota", "show", "group:field-lab", "--json").json
    assert shown["set"]["guarantee"] == 1.25
    assert shown["effective"]["guarantee"] == {"value": 0.5, "from": "group:field-lab"}


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
