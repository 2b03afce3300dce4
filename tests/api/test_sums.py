"""What was used and what is reserved, as far as one may see it."""

from collections.abc import Callable

import pytest

from tests.api.conftest import Program

Programs = Callable[..., Program]


def _keys(program: Program, by: str) -> set[str]:
    said = program.ask("GET", f"/usage?by={by}")
    assert said.status_code == 200, said.text
    return {item["key"] for item in said.json()["items"]}


def test_a_member_sees_their_own_sums_and_their_groups(program: Programs) -> None:
    assert _keys(program("bob"), "user") == {"bob"}
    assert _keys(program("bob"), "group") == {"group:field-lab"}
    assert _keys(program("charlie"), "group") == set()


def test_an_administrator_sees_every_sum(program: Programs) -> None:
    assert {"bob", "charlie"} <= _keys(program("root"), "user")
    assert {"group:field-lab", "site"} <= _keys(program("root"), "group")


def test_a_sum_holds_what_was_used_and_what_running_servers_may_use(program: Programs) -> None:
    item = program("bob").ask("GET", "/usage").json()["items"][0]
    assert set(item) == {"key", "gpu_ms", "held_gpu_ms", "leases"}
    assert item["held_gpu_ms"] > 0
    assert item["leases"] >= 1


@pytest.mark.parametrize("query", ["by=day", "by=user&by=group", "since=yesterday", "from=2026"])
def test_a_question_that_is_not_understood_is_refused_by_name(
    program: Programs, query: str
) -> None:
    said = program("bob").ask("GET", f"/usage?{query}")
    assert said.status_code == 400
    assert said.json()["error"]["reasons"][0]["numbers"]["key"] == query.split("=", maxsplit=1)[0]


def test_reservations_are_listed(program: Programs) -> None:
    assert program("bob").ask("GET", "/reservations").json() == {"items": []}
