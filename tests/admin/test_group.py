"""`allotment group`."""

import pytest

from hub.house import House
from tests.admin.conftest import Run, audit_actions


def test_a_group_is_made_once(run: Run, house: House) -> None:
    assert run("group", "add", "field-lab", "--json").json == {"name": "field-lab"}
    assert run("group", "add", "field-lab", "--json").code == "already-exists"
    assert audit_actions(house) == ["group add"]


@pytest.mark.parametrize("name", ["everyone", "site", "A", "", "x:y", "a" * 33])
def test_a_name_that_means_something_else_is_refused(run: Run, name: str) -> None:
    assert run("group", "add", "--json", "--", name).code == "bad-value"


def test_the_first_group_joined_is_the_account(run: Run, cast: None) -> None:
    answer = run("group", "member", "add", "visitors", "ann", "--json")
    assert answer.json == {
        "name": "ann",
        "groups": ["field-lab", "visitors"],
        "primary_group": "field-lab",
    }


def test_another_group_can_be_made_the_account(run: Run, cast: None) -> None:
    run("group", "member", "add", "visitors", "ann")
    answer = run("group", "member", "primary", "visitors", "ann", "--json")
    assert answer.json["primary_group"] == "visitors"


def test_a_group_one_is_not_in_is_not_made_the_account(run: Run, cast: None) -> None:
    assert run("group", "member", "primary", "visitors", "ann", "--json").code == "not-found"


def test_joining_twice_is_harmless_and_audited_once(run: Run, cast: None, house: House) -> None:
    for _ in range(2):
        assert run("group", "member", "add", "visitors", "ann").status == 0
    assert audit_actions(house).count("group member add") == 1


def test_leaving_ends_membership_and_management(run: Run, cast: None) -> None:
    run("group", "manager", "add", "field-lab", "ann")
    run("group", "member", "remove", "field-lab", "ann")
    run("group", "member", "add", "field-lab", "ann")
    items = run("group", "list", "--json").json["items"]
    assert items[0] == {"name": "field-lab", "members": ["ann", "bob"], "managers": []}
    assert run("group", "member", "remove", "visitors", "ann", "--json").code == "not-found"


def test_a_manager_is_a_member_who_decides(run: Run, cast: None) -> None:
    answer = run("group", "manager", "add", "field-lab", "ann", "--json")
    assert answer.json == {"group": "field-lab", "user": "ann", "manager": True}
    assert run("group", "list", "--json").json["items"][0]["managers"] == ["ann"]
    assert run("group", "manager", "remove", "field-lab", "ann").status == 0
    assert run("group", "list", "--json").json["items"][0]["managers"] == []


def test_somebody_outside_is_not_made_a_manager(run: Run, cast: None) -> None:
    assert run("group", "manager", "add", "field-lab", "charlie", "--json").code == "not-found"


@pytest.mark.parametrize("words", [["nowhere", "ann"], ["field-lab", "ghost"]])
def test_an_unknown_group_or_person_is_refused(run: Run, cast: None, words: list[str]) -> None:
    for command in (("member", "add"), ("member", "remove"), ("manager", "add")):
        assert run("group", *command, *words, "--json").code == "not-found"


def test_wrong_usage_is_status_2(run: Run) -> None:
    assert run("group", "member", "add", "field-lab").status == 2


def test_who_manages_is_said_once_however_often_it_is_set(
    run: Run, cast: None, house: House
) -> None:
    for word in ("add", "add", "remove", "remove"):
        assert run("group", "manager", word, "field-lab", "ann").status == 0
    assert audit_actions(house) == ["group manager add", "group manager remove"]
