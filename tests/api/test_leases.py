"""Leases over the API: who may see one, and what its server's own token may do."""

from collections.abc import Callable
from fractions import Fraction
from zoneinfo import ZoneInfo

from hub import clock
from hub.policy.ceilings import Quota
from hub.policy.reasons import Reason
from hub.policy.wording import say
from hub.store.ceilings import set_ceiling
from hub.store.database import Database
from hub.store.leases import load_lease
from hub.store.notices import about_lease, add_notice
from tests.api.conftest import Program
from tests.pages.conftest import Visitor

People = Callable[[str], Visitor]
Programs = Callable[..., Program]
Numbers = Callable[[str, str], int]

API = "/hub/api/allotment"


def test_an_owner_sees_a_lease_with_its_time_left(
    program: Programs, server_of: Programs, lease_of: Numbers
) -> None:
    server_of("charlie", "api")
    said = program("charlie").ask("GET", f"/leases/{lease_of('charlie', 'api')}")
    assert said.status_code == 200
    lease = said.json()
    assert lease["user"] == "charlie"
    assert lease["server"] == "api"
    assert 7190 <= lease["seconds_left"] <= 7200
    assert lease["expires_at"].endswith("+06:00"), "times are the station's zone's"
    assert said.headers["Cache-Control"] == "no-store"


def test_a_browsers_log_in_reads_a_lease_with_its_token_against_forgery(
    people: People, lease_of: Numbers
) -> None:
    number = lease_of("bob", "field")
    bob = people("bob")
    assert bob.call("GET", f"{API}/leases/{number}").status_code == 200
    forged = bob.http.get(f"{API}/leases/{number}", headers={"Sec-Fetch-Mode": "cors"})
    assert forged.status_code == 403
    assert forged.json()["error"]["code"] == "forbidden"


def test_nobody_without_a_log_in_is_told_anything(people: People, lease_of: Numbers) -> None:
    stranger = people("bob").http
    stranger.cookies.clear()
    said = stranger.get(f"{API}/leases/{lease_of('bob', 'field')}")
    assert said.status_code == 403


def test_somebody_elses_lease_is_not_there(program: Programs, lease_of: Numbers) -> None:
    number = lease_of("bob", "field")
    said = program("ann").ask("GET", f"/leases/{number}")
    assert said.status_code == 404
    missing = program("ann").ask("GET", "/leases/999999")
    assert said.json() == {
        "error": {**missing.json()["error"], "message": said.json()["error"]["message"]}
    }
    assert said.json()["error"]["message"].replace(str(number), "") == missing.json()["error"][
        "message"
    ].replace("999999", "")


def test_a_manager_of_its_group_and_an_administrator_see_it(
    program: Programs, lease_of: Numbers
) -> None:
    number = lease_of("bob", "field")
    assert program("tess").ask("GET", f"/leases/{number}").status_code == 200
    assert program("root").ask("GET", f"/leases/{number}").status_code == 200
    other = lease_of("charlie", "field")
    assert program("tess").ask("GET", f"/leases/{other}").status_code == 404


def test_a_token_cut_down_to_servers_sees_its_owners_leases_only(
    program: Programs, lease_of: Numbers
) -> None:
    narrow = program("tess", "read:servers!user=tess")
    assert narrow.ask("GET", f"/leases/{lease_of('bob', 'field')}").status_code == 404
    bobs = program("bob", "read:servers!user=bob")
    assert bobs.ask("GET", f"/leases/{lease_of('bob', 'field')}").status_code == 200


def test_a_token_without_rights_on_servers_sees_nothing(
    program: Programs, lease_of: Numbers
) -> None:
    idle = program("bob", "read:users:name!user=bob")
    assert idle.ask("GET", f"/leases/{lease_of('bob', 'field')}").status_code == 404


def test_a_servers_own_token_sees_its_lease_and_no_other_of_its_owner(
    server_of: Programs, lease_of: Numbers
) -> None:
    own = server_of("charlie", "own")
    assert own.ask("GET", f"/leases/{lease_of('charlie', 'own')}").status_code == 200
    assert own.ask("GET", f"/leases/{lease_of('charlie', 'field')}").status_code == 404


def test_what_is_no_address_and_no_method_is_said_as_json(program: Programs) -> None:
    bob = program("bob")
    for path in ("/leases/x", "/leases/1/more", "/nowhere", ""):
        said = bob.ask("GET", path)
        assert (said.status_code, said.json()["error"]["code"]) == (404, "not-found"), path
    said = bob.ask("PUT", "/leases/1")
    assert (said.status_code, said.json()["error"]["code"]) == (405, "method")
    assert bob.ask("GET", "/leases/99999999999999999999").status_code == 404


def test_an_hour_more_is_an_hour_more(
    server_of: Programs, program: Programs, lease_of: Numbers
) -> None:
    server_of("charlie", "more")
    path = f"/leases/{lease_of('charlie', 'more')}"
    charlie = program("charlie")
    before = charlie.ask("GET", path).json()
    said = charlie.ask("POST", f"{path}/extend", {"hours": 1})
    assert said.status_code == 200
    assert 3595 <= said.json()["seconds_left"] - before["seconds_left"] <= 3600


def test_a_page_extends_with_its_token_and_not_without(
    server_of: Programs, people: People, lease_of: Numbers
) -> None:
    server_of("charlie", "more")
    path = f"{API}/leases/{lease_of('charlie', 'more')}/extend"
    charlie = people("charlie")
    assert charlie.call("POST", path, {"hours": 1}).status_code == 200
    without = charlie.http.post(path, json={"hours": 1})
    assert without.status_code == 403


def test_what_its_owner_was_told_comes_with_a_lease_and_to_nobody_else(
    server_of: Programs, program: Programs, lease_of: Numbers, database: Database
) -> None:
    own = server_of("bob", "cut")
    number = lease_of("bob", "cut")
    path = f"/leases/{number}"
    assert own.ask("GET", path).json()["notice"] is None
    why = Reason("extension", "unmeasured", {"minutes": 15}, "you")
    with database.write() as db:
        lease = load_lease(db, number)
        add_notice(db, about_lease(lease, "expires-30", lease.expires_at), clock.now())
    assert own.ask("GET", path).json()["notice"] is None, "the bar says that by itself"
    with database.write() as db:
        add_notice(db, about_lease(lease, "expires-10", lease.expires_at, [why]), clock.now())
    notice = own.ask("GET", path).json()["notice"]
    assert notice["kind"] == "expires-10"
    assert notice["why"] == [say(why, "en", ZoneInfo("UTC"))]
    with database.write() as db:
        add_notice(db, about_lease(lease, "shortened", lease.expires_at), clock.now())
    notice = own.ask("GET", path).json()["notice"]
    assert (notice["kind"], notice["why"]) == ("shortened", [])
    assert "notice" not in program("tess").ask("GET", path).json()
    assert own.ask("POST", f"{path}/extend", {"hours": 1}).status_code == 200
    assert own.ask("GET", path).json()["notice"] is None, "it ends at another time now"


def test_a_servers_own_token_extends_and_reports_its_lease_and_switches_nothing(
    server_of: Programs, lease_of: Numbers
) -> None:
    own = server_of("charlie", "own")
    path = f"/leases/{lease_of('charlie', 'own')}"
    assert own.ask("POST", f"{path}/extend", {"hours": 1}).status_code == 200
    assert own.ask("POST", f"{path}/opened").status_code == 200
    assert own.ask("PATCH", path, {"keep_going": True}).status_code == 403
    other = f"/leases/{lease_of('charlie', 'field')}"
    for method, more in (("POST", "/extend"), ("POST", "/opened"), ("GET", "")):
        assert own.ask(method, other + more, {"hours": 1}).status_code == 404, more


def test_a_token_that_may_only_read_extends_nothing(program: Programs, lease_of: Numbers) -> None:
    path = f"/leases/{lease_of('bob', 'field')}/extend"
    reader = program("bob", "read:servers!user=bob")
    assert reader.ask("POST", path, {"hours": 1}).status_code == 404


def test_the_first_visit_is_noted_once(
    server_of: Programs, program: Programs, lease_of: Numbers, database: Database
) -> None:
    server_of("charlie", "seen")
    number = lease_of("charlie", "seen")
    for _ in range(2):
        assert program("charlie").ask("POST", f"/leases/{number}/opened").status_code == 200
    with database.read() as db:
        assert load_lease(db, number).visited_at is not None


def test_only_its_owner_opens_a_server(program: Programs, lease_of: Numbers) -> None:
    path = f"/leases/{lease_of('bob', 'field')}/opened"
    assert program("tess").ask("POST", path).status_code == 403
    assert program("ann").ask("POST", path).status_code == 404


def test_keep_going_is_switched_by_its_owner(
    people: People, program: Programs, lease_of: Numbers
) -> None:
    path = f"/leases/{lease_of('bob', 'field')}"
    bob = people("bob")
    assert bob.call("PATCH", API + path, {"keep_going": True}).json()["keep_going"] is True
    assert program("bob").ask("PATCH", path, {"keep_going": False}).json()["keep_going"] is False
    assert program("tess").ask("PATCH", path, {"keep_going": True}).status_code == 403
    assert bob.call("PATCH", API + path, {"keep_going": "yes"}).status_code == 400


def test_more_than_may_be_granted_becomes_a_request_that_a_manager_decides(
    program: Programs, lease_of: Numbers
) -> None:
    bob, tess = program("bob"), program("tess")
    path = f"/leases/{lease_of('bob', 'field')}"
    asked = bob.ask("POST", f"{path}/extend", {"hours": 100})
    assert asked.status_code == 202, asked.text
    request = asked.json()
    assert (request["state"], request["hours"]) == ("open", 100)
    assert request["reasons"][0]["code"] == "hours-quota"
    again = bob.ask("POST", f"{path}/extend", {"hours": 100})
    assert (again.status_code, again.json()["id"]) == (202, request["id"])

    decision = f"/requests/{request['id']}"
    assert bob.ask("POST", f"{decision}/grant").status_code == 403
    assert program("charlie").ask("POST", f"{decision}/grant").status_code == 404
    assert [r["id"] for r in tess.ask("GET", "/requests").json()["items"]] == [request["id"]]
    refused = tess.ask("POST", f"{decision}/refuse", {"note": "after the harvest"})
    assert refused.status_code == 200
    assert refused.json()["decided_by"] == "tess"
    assert refused.json()["note"] == "after the harvest"
    assert tess.ask("POST", f"{decision}/grant").status_code == 409
    assert tess.ask("GET", "/requests").json()["items"] == []
    assert len(tess.ask("GET", "/requests?state=all").json()["items"]) == 1


def test_what_an_administrator_grants_is_extended(
    server_of: Programs, program: Programs, lease_of: Numbers
) -> None:
    server_of("charlie", "long")
    path = f"/leases/{lease_of('charlie', 'long')}"
    charlie = program("charlie")
    asked = charlie.ask("POST", f"{path}/extend", {"hours": 100}).json()
    granted = program("root").ask("POST", f"/requests/{asked['id']}/grant", {"note": "go on"})
    assert (granted.status_code, granted.json()["state"]) == (200, "granted")
    assert charlie.ask("GET", path).json()["seconds_left"] > 100 * 3600


def test_a_manager_grants_what_was_only_set_for_that_person(
    server_of: Programs, program: Programs, lease_of: Numbers, database: Database
) -> None:
    server_of("bob", "extra")
    with database.write() as db:
        set_ceiling(db, "user:bob", "lease_hours_total", Quota(Fraction(3)))
    bob, path = program("bob"), f"/leases/{lease_of('bob', 'extra')}"
    asked = bob.ask("POST", f"{path}/extend", {"hours": 4})
    assert asked.status_code == 202, asked.text
    assert asked.json()["reasons"][0]["numbers"]["from"] == "user:bob"
    granted = program("tess").ask("POST", f"/requests/{asked.json()['id']}/grant")
    assert (granted.status_code, granted.json()["decided_by"]) == (200, "tess")
    assert bob.ask("GET", path).json()["seconds_left"] > 5 * 3600
    with database.write() as db:
        set_ceiling(db, "user:bob", "lease_hours_total", None)
