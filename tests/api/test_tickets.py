"""Places in the waiting list over the API."""

from collections.abc import Callable, Iterator

import pytest

from hub import clock, dispatching
from hub.house import House
from tests.api.conftest import Program
from tests.pages.conftest import Visitor

Programs = Callable[..., Program]
WISH = {"server": "later", "gpus": 1, "hours": 2, "group": "field-lab"}


@pytest.fixture
def ann_waits(program: Programs) -> Iterator[tuple[Program, int]]:
    """Ann with a place for her server `later`."""
    ann = program("ann")
    said = ann.ask("POST", "/tickets", WISH)
    assert said.status_code == 201, said.text
    yield ann, said.json()["id"]
    ann.ask("DELETE", f"/tickets/{said.json()['id']}")


def test_a_place_is_asked_for_and_found_at_its_address(ann_waits: tuple[Program, int]) -> None:
    ann, number = ann_waits
    ticket = ann.ask("GET", f"/tickets/{number}").json()
    assert ticket["server"] == "later"
    assert ticket["account"] == "group:field-lab"
    assert (ticket["gpus"], ticket["hours"]) == (1, 2)
    assert ticket["position"] == 1
    assert ticket["reason"]["code"] == "gpu-busy"
    assert ticket["earliest"].endswith("+06:00")


def test_the_same_request_again_has_the_same_ticket(ann_waits: tuple[Program, int]) -> None:
    ann, number = ann_waits
    again = ann.ask("POST", "/tickets", WISH)
    assert (again.status_code, again.json()["id"]) == (200, number)
    assert again.headers["Location"] == f"/hub/api/allotment/tickets/{number}"


def test_a_second_place_of_one_person_is_denied_with_the_first(
    ann_waits: tuple[Program, int],
) -> None:
    ann, number = ann_waits
    said = ann.ask("POST", "/tickets", {**WISH, "server": "another"})
    assert said.status_code == 400
    assert said.headers["Allotment-Reason"] == "waiting"
    reason = said.json()["error"]["reasons"][0]
    assert (reason["rule"], reason["numbers"]["ticket"]) == ("tickets-each", number)


def test_the_list_holds_what_one_may_see(ann_waits: tuple[Program, int], program: Programs) -> None:
    _, number = ann_waits
    seen = {
        name: [ticket["id"] for ticket in program(name).ask("GET", "/tickets").json()["items"]]
        for name in ("ann", "bob", "tess", "root")
    }
    assert seen == {"ann": [number], "bob": [], "tess": [number], "root": [number]}


def test_somebody_elses_place_is_not_there_and_can_not_be_given_up(
    ann_waits: tuple[Program, int], program: Programs
) -> None:
    ann, number = ann_waits
    bob = program("bob")
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/take"), ("POST", "/move")):
        said = bob.ask(method, f"/tickets/{number}{path}")
        assert (said.status_code, said.json()["error"]["code"]) == (404, "not-found"), path
    assert ann.ask("GET", f"/tickets/{number}").json()["state"] == "waiting"


def test_a_place_given_up_is_cancelled_and_only_once(ann_waits: tuple[Program, int]) -> None:
    ann, number = ann_waits
    assert ann.ask("DELETE", f"/tickets/{number}").json()["state"] == "cancelled"
    again = ann.ask("DELETE", f"/tickets/{number}")
    assert again.status_code == 400
    assert "cancelled already" in again.json()["error"]["message"]


def test_only_administrators_move_a_place(
    ann_waits: tuple[Program, int], program: Programs
) -> None:
    _, number = ann_waits
    assert (
        program("tess").ask("POST", f"/tickets/{number}/move", {"position": 1}).status_code == 403
    )
    moved = program("root").ask("POST", f"/tickets/{number}/move", {"position": 1})
    assert (moved.status_code, moved.json()["id"]) == (200, number)
    for position in (0, -1, 2, 1.5, True, "1", None):
        said = program("root").ask("POST", f"/tickets/{number}/move", {"position": position})
        assert said.status_code == 400, position


def test_an_offer_is_taken_by_its_owner_and_only_when_there_is_one(
    ann_waits: tuple[Program, int], program: Programs
) -> None:
    ann, number = ann_waits
    assert program("tess").ask("POST", f"/tickets/{number}/take").status_code == 403
    said = ann.ask("POST", f"/tickets/{number}/take")
    assert said.status_code == 400
    assert "no offer" in said.json()["error"]["message"]


def test_nobody_waits_for_a_server_without_a_gpu(program: Programs) -> None:
    said = program("ann").ask("POST", "/tickets", {"gpus": 0})
    assert said.status_code == 400
    assert said.json()["error"]["reasons"][0]["numbers"]["key"] == "gpus"


def test_a_servers_own_token_has_nothing_to_do_with_places(
    server_of: Programs, ann_waits: tuple[Program, int]
) -> None:
    _, number = ann_waits
    own = server_of("ann", "busy")
    for method, path in (
        ("GET", "/tickets"),
        ("POST", "/tickets"),
        ("GET", f"/tickets/{number}"),
        ("DELETE", f"/tickets/{number}"),
        ("GET", "/requests"),
        ("GET", "/usage"),
        ("GET", "/reservations"),
    ):
        said = own.ask(method, path)
        assert (said.status_code, said.json()["error"]["code"]) == (403, "forbidden"), path


def test_a_token_that_may_only_read_opens_no_place(program: Programs) -> None:
    said = program("ann", "read:servers!user=ann").ask("POST", "/tickets", WISH)
    assert said.status_code == 403


def test_an_offer_is_told_with_the_lease_it_would_replace_and_taken_by_its_owner(
    server_of: Programs,
    program: Programs,
    lease_of: Callable[[str, str], int],
    people: Callable[[str], Visitor],
    house: House,
) -> None:
    own, ann = server_of("ann", "small"), program("ann")
    ticket = ann.ask("POST", "/tickets", {"server": "small", "gpus": 0.5, "group": "field-lab"})
    path = f"/leases/{lease_of('ann', 'small')}"
    assert own.ask("GET", path).json()["offer"] is None
    assert dispatching.offer_next(house, clock.now()) is not None
    offer = own.ask("GET", path).json()["offer"]
    assert (offer["ticket"], offer["gpus"]) == (ticket.json()["id"], 0.5)
    assert offer["until"].endswith("+06:00")
    line = people("ann").get("/hub/home").text.split('data-name="small"')[1].split("</li>")[0]
    assert "no GPU" in line, "what runs is shown, not what is offered"
    taken = ann.ask("POST", f"/tickets/{offer['ticket']}/take")
    assert (taken.status_code, taken.json()["state"]) == (202, "offered")
    assert ann.ask("GET", path).json()["state"] == "closing"
    assert ann.ask("DELETE", f"/tickets/{offer['ticket']}").json()["state"] == "cancelled"


def test_who_names_a_group_not_theirs_is_told_what_would_pass(program: Programs) -> None:
    said = program("charlie").ask("POST", "/tickets", {"gpus": 1, "group": "field-lab"})
    assert (said.status_code, said.headers["Allotment-Reason"]) == (400, "account")
    assert "would pass now" in said.json()["error"]["message"]
