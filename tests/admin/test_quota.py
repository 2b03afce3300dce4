"""`allotment quota set` and `quota show`."""

from hub.house import House
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
