"""Leases over the API: who may see one, and what its server's own token may do."""

from collections.abc import Callable

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
