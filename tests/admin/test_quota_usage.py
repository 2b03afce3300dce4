"""`allotment quota` used wrongly."""

import pytest

from tests.admin.conftest import Run


@pytest.mark.parametrize("scope", ["user:ghost", "group:nowhere", "course:botany"])
def test_a_scope_that_is_not_there_is_refused(run: Run, scope: str) -> None:
    assert run("quota", "set", scope, "--gpus", "1", "--json").code == "not-found"
    assert run("quota", "show", scope, "--json").code == "not-found"


def test_everyone_is_no_account(run: Run) -> None:
    assert run("quota", "set", "group:everyone", "--gpus", "1", "--json").code == "bad-value"
    assert "is set at site" in run("quota", "show", "group:everyone").err


def test_leases_longer_than_reservations_are_known_are_refused_with_the_reason(run: Run) -> None:
    answer = run("quota", "set", "site", "--lease-hours", "2000")
    assert answer.status == 1
    assert "at most 1416 h (59 days) at once" in answer.err
    assert "lease-hours-total" in answer.err


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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["site", "--guarantee", "1"], "set it at group:NAME"),
        (["user:ann", "--priority", "1"], "set it at group:NAME"),
        (["user:ann", "--isolation", "hard"], "group:NAME or site"),
        (["site", "--gpu-hours", "4/hour"], "day, week, month, year"),
        (["site", "--isolation", "none-such"], "hard, firm, soft"),
        (["site", "--gpu-hours", "-1/week"], "is not a number from 0 such as"),
        (["site", "--gpu-hours", "0.0001/week"], "the least is 0.001"),
    ],
)
def test_wrong_usage_says_what_would_be_right(run: Run, words: list[str], said: str) -> None:
    answer = run("quota", "set", *words)
    assert answer.status == 2
    assert said in " ".join(answer.err.replace("│", " ").split())
