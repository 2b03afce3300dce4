"""`allotment user`."""

import stat
from collections.abc import Callable

import pytest

from hub.house import House
from hub.policy.leases import Lease
from tests.admin.conftest import PASSWORD, Run, audit_actions


def test_somebody_new_gets_a_readable_one_time_password(run: Run) -> None:
    answer = run("user", "add", "ann", "--json")
    assert answer.status == 0
    assert set(answer.json) == {"name", "one_time_password"}
    groups = answer.json["one_time_password"].split("-")
    assert [len(group) for group in groups] == [4, 4, 4, 4]
    assert not set("ilo01") & set("".join(groups))


def test_a_lasting_password_is_read_from_standard_input_and_not_printed(run: Run) -> None:
    answer = run("user", "add", "ann", "--password-stdin", "--json", typed=PASSWORD + "\n")
    assert answer.json == {"name": "ann"}
    assert run("user", "list", "--json").json["items"][0]["must_change_password"] is False


def test_a_password_of_seven_characters_is_refused_and_nobody_is_added(run: Run) -> None:
    answer = run("user", "add", "ann", "--password-stdin", "--json", typed="seven77\n")
    assert answer.code == "bad-value"
    assert run("user", "list", "--json").json == {"items": []}


def test_the_list_says_who_there_is(run: Run) -> None:
    run("group", "add", "field-lab")
    run("user", "add", "tess", "--admin", "--group", "field-lab")
    assert run("user", "list", "--json").json == {
        "items": [
            {
                "name": "tess",
                "uid": 201000,
                "admin": True,
                "disabled": False,
                "must_change_password": True,
                "groups": ["field-lab"],
                "primary_group": "field-lab",
            }
        ]
    }


def test_every_person_has_a_uid_and_folders_of_their_own(run: Run, house: House) -> None:
    run("user", "add", "ann")
    run("user", "add", "bob")
    for name, uid in (("ann", 201000), ("bob", 201001)):
        for parent in ("homes", "outputs"):
            facts = (house.station.home / parent / name).stat()
            assert (facts.st_uid, facts.st_gid) == (uid, uid)
            assert stat.S_IMODE(facts.st_mode) == 0o700
        passwd = house.station.state / "people" / name / "passwd"
        assert passwd.read_text().startswith(f"{name}:x:{uid}:{uid}::/home/{name}:/bin/bash\n")
        assert (passwd.stat().st_uid, stat.S_IMODE(passwd.stat().st_mode)) == (0, 0o644)


def test_a_name_that_exists_is_refused_and_nothing_changes(run: Run, house: House) -> None:
    run("user", "add", "ann")
    before = run("user", "list", "--json").json
    assert run("user", "add", "ann", "--admin", "--json").code == "already-exists"
    assert run("user", "list", "--json").json == before
    assert audit_actions(house) == ["user add"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("A", "names are lower case: try a"),
        ("Ann", "names are lower case: try ann"),
        ("", "can't be empty"),
        ("../x", "begins with a letter"),
        ("a" * 300, "1 to 32"),
        ("ännchen", "1 to 32"),
        ("a b", "1 to 32"),
        ("a\nb", "1 to 32"),
        ("a\n", "1 to 32"),
        ("0x", "begins with a letter"),
        ("nobody", "means something else"),
        ("everyone", "means something else"),
    ],
)
def test_a_name_that_could_collide_or_mislead_is_refused(run: Run, name: str, said: str) -> None:
    answer = run("user", "add", "--json", "--", name)
    assert answer.code == "bad-value"
    assert said in answer.json["error"]["message"]
    assert run("user", "list", "--json").json == {"items": []}


def test_names_that_look_alike_stay_apart(run: Run, house: House) -> None:
    for name in ("a-b", "a_b"):
        assert run("user", "add", name).status == 0
    uids = [item["uid"] for item in run("user", "list", "--json").json["items"]]
    assert len(set(uids)) == 2
    assert {path.name for path in (house.station.home / "homes").iterdir()} == {"a-b", "a_b"}


def test_an_unknown_group_is_refused_and_nobody_is_added(run: Run) -> None:
    assert run("user", "add", "ann", "--group", "nowhere", "--json").code == "not-found"
    assert run("user", "list", "--json").json == {"items": []}


def test_a_folder_that_is_there_already_is_not_given_to_somebody_new(
    run: Run, house: House
) -> None:
    (house.station.home / "homes" / "ann").symlink_to("/etc")
    assert run("user", "add", "ann", "--json").code == "refused"
    assert run("user", "list", "--json").json == {"items": []}


def test_disabling_ends_what_they_hold(
    run: Run, cast: None, steward: None, open_lease: Callable[..., Lease]
) -> None:
    lease = open_lease("ann")
    answer = run("user", "disable", "ann", "--json")
    assert answer.json == {"name": "ann", "disabled": True, "closing": []}
    (ended,) = run("lease", "list", "--all", "--json").json["items"]
    assert (ended["id"], ended["state"], ended["end_reason"]) == (lease.id, "closed", "revoke")


def test_disabling_twice_is_harmless_and_audited_once(run: Run, cast: None, house: House) -> None:
    assert run("user", "disable", "ann").status == 0
    assert run("user", "disable", "ann").status == 0
    assert audit_actions(house).count("user disable") == 1


def test_a_disabled_name_is_still_taken(run: Run, cast: None) -> None:
    run("user", "disable", "ann")
    assert run("user", "add", "ann", "--json").code == "already-exists"


def test_somebody_disabled_can_be_let_in_again(run: Run, cast: None) -> None:
    run("user", "disable", "ann")
    assert run("user", "enable", "ann", "--json").json == {"name": "ann", "disabled": False}


def test_the_only_administrator_is_not_disabled(run: Run) -> None:
    run("user", "add", "tess", "--admin")
    assert run("user", "disable", "tess", "--json").code == "refused"
    run("user", "add", "tom", "--admin")
    assert run("user", "disable", "tess").status == 0


def test_a_reset_password_is_a_new_one_time_password(run: Run, cast: None) -> None:
    first = run("user", "reset-password", "ann", "--json").json
    second = run("user", "reset-password", "ann", "--json").json
    assert first["name"] == "ann"
    assert first["one_time_password"] != second["one_time_password"]
    assert run("user", "list", "--json").json["items"][0]["must_change_password"] is True


@pytest.mark.parametrize("command", ["disable", "enable", "reset-password"])
def test_an_unknown_person_is_refused(run: Run, command: str) -> None:
    assert run("user", command, "ghost", "--json").code == "not-found"


@pytest.mark.parametrize(
    "words", [["add"], ["add", "ann", "bob"], ["add", "ann", "--shell", "x"], ["rename", "ann"]]
)
def test_wrong_usage_is_status_2(run: Run, words: list[str]) -> None:
    assert run("user", *words).status == 2


def test_a_refusal_for_people_is_one_line_on_standard_error(run: Run) -> None:
    answer = run("user", "add", "A")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err == "allotment: A: names are lower case: try a\n"
