"""Members of a group, set by its manager; strangers do not learn that it is there."""

from collections.abc import Callable

import pytest

from hub import groups
from hub.house import House
from hub.store.database import Database
from tests.api.conftest import API, Program
from tests.pages.conftest import Visitor

Programs = Callable[..., Program]
LAB = "/groups/field-lab/members"


@pytest.fixture(autouse=True)
def as_before(house: House) -> None:
    """Charlie is not of the lab, whatever a test before did."""
    if "charlie" in groups.load_group(house, "field-lab").members:
        with house.database.write() as db:
            db.exec_driver_sql(
                "DELETE FROM members WHERE group_name = 'field-lab' AND person_id ="
                " (SELECT id FROM people WHERE name = 'charlie')"
            )


def rows(database: Database, action: str) -> list[str]:
    """List who did that to charlie."""
    with database.read() as db:
        said = "SELECT actor FROM audit WHERE action = ? AND detail LIKE '%charlie%'"
        return list(db.exec_driver_sql(said, (action,)).scalars())


def names(program: Program) -> list[str]:
    """List who is in the lab."""
    said = program.ask("GET", LAB)
    assert said.status_code == 200, said.text
    return [item["name"] for item in said.json()["items"]]


def test_a_manager_adds_and_removes_once_however_often_asked(
    program: Programs, database: Database
) -> None:
    tess = program("tess")
    before = names(tess)
    done = len(rows(database, "group member add")), len(rows(database, "group member remove"))
    said = [tess.ask("POST", LAB, {"user": "charlie"}).status_code for _ in range(2)]
    assert said == [201, 200]
    assert names(tess) == sorted([*before, "charlie"])
    gone = [tess.ask("DELETE", f"{LAB}/charlie").status_code for _ in range(2)]
    assert gone == [200, 200]
    assert names(tess) == before
    assert rows(database, "group member add")[done[0] :] == ["tess"]
    assert rows(database, "group member remove")[done[1] :] == ["tess"]


def test_managers_are_told_from_members(program: Programs) -> None:
    items = program("root").ask("GET", LAB).json()["items"]
    assert {"name": "tess", "manager": True} in items
    assert {"name": "bob", "manager": False} in items


@pytest.mark.parametrize(
    ("who", "status"), [("root", 201), ("tess", 201), ("bob", 403), ("charlie", 404)]
)
def test_who_may_set_members(program: Programs, who: str, status: int) -> None:
    asker = program(who)
    assert asker.ask("POST", LAB, {"user": "charlie"}).status_code == status
    if status != 201:
        assert asker.ask("GET", LAB).status_code == status
        assert asker.ask("DELETE", f"{LAB}/ann").status_code == status


def test_what_is_not_ones_own_reads_like_what_is_not_there(program: Programs) -> None:
    tess = program("tess")
    for name in ("visitors", "nothing", "everyone", "site"):
        said = tess.ask("GET", f"/groups/{name}/members")
        assert said.status_code == 404
        assert said.json()["error"]["message"] == f"{name}: there is no group of that name"


def test_a_manager_is_taken_out_by_an_administrator_only(program: Programs) -> None:
    tess = program("tess")
    assert tess.ask("DELETE", f"{LAB}/tess").status_code == 403
    assert "tess" in names(tess)


def test_somebody_unknown_can_not_be_added(program: Programs) -> None:
    assert program("tess").ask("POST", LAB, {"user": "ghost"}).status_code == 404


@pytest.mark.parametrize("body", [{}, {"user": 1}, {"user": ""}, {"user": "ann", "manager": True}])
def test_a_body_that_is_not_understood_is_refused(program: Programs, body: object) -> None:
    said = program("tess").ask("POST", LAB, body)
    assert (said.status_code, said.headers["Allotment-Reason"]) == (400, "request")


def test_a_token_cut_down_to_ones_own_sets_no_members(program: Programs) -> None:
    assert program("tess", "servers!user=tess").ask("GET", LAB).status_code == 404


def test_a_browser_needs_its_xsrf_token(people: Callable[[str], Visitor]) -> None:
    tess = people("tess")
    bare = tess.http.post(f"{API}{LAB}", json={"user": "charlie"})
    assert bare.status_code == 403
    assert tess.call("POST", f"{API}{LAB}", {"user": "charlie"}).status_code == 201


@pytest.mark.parametrize("name", ["%00", "field-lab%2f", "a" * 65])
def test_what_can_be_no_name_is_nowhere(program: Programs, name: str) -> None:
    root = program("root")
    assert root.ask("GET", f"/groups/{name}/members").status_code == 404
    assert root.ask("DELETE", f"{LAB}/{name}").status_code == 404
