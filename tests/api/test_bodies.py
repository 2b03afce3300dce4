"""What is sent to the API: strict JSON, and whatever is not known is refused by its name."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.api import bodies
from hub.api.bodies import BadBody, parse_body
from tests.api.conftest import Program

KNOWN = ("hours", "note")


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"{", "body"),
        (b"[1]", "body"),
        (b"null", "body"),
        (b"\xff\xfe", "body"),
        (b"[" * 3000, "body"),
        (b'{"hours": NaN}', "body"),
        (b'{"hours": 1, "hours": 2}', "hours"),
        (b'{"day": 1}', "day"),
        (b"{" + b" " * 5000 + b"}", "body"),
        (b'{"hours": 1} {}', "body"),
    ],
)
def test_what_is_no_object_with_known_keys_is_refused_by_name(body: bytes, key: str) -> None:
    with pytest.raises(BadBody) as refused:
        parse_body(body, KNOWN)
    assert refused.value.key == key


def test_no_body_is_an_empty_object() -> None:
    assert parse_body(b" \n", KNOWN) == {}


@pytest.mark.parametrize("hours", [0, -1, 0.01, 1e9, True, "1", None, [1], 1e400])
def test_hours_are_a_number_of_at_least_a_minute(hours: Any) -> None:
    with pytest.raises(BadBody, match="hours"):
        bodies.parse_hours({"hours": hours})


@pytest.mark.parametrize("server", ["A", "1a", "-a", "a" * 31, 5, "a b", "a/b", "ä"])
def test_a_server_has_a_name_that_a_server_can_have(server: Any) -> None:
    with pytest.raises(BadBody, match="server"):
        bodies.parse_server({"server": server})


@pytest.mark.parametrize("note", [5, "x" * 501, "\x00", None])
def test_a_note_is_a_short_text(note: Any) -> None:
    with pytest.raises(BadBody, match="note"):
        bodies.parse_note({"note": note})


@pytest.mark.parametrize(
    "moment",
    [
        *("tomorrow", "2026-11-22T10:00:00", 5),
        *("0001-01-01T00:00+14:00", "9999-12-31T23:59:59-12:00", "2027-11-23T00:00+00:00"),
    ],
)
def test_a_time_has_its_offset_and_is_not_at_the_ends_of_time(moment: Any) -> None:
    latest = datetime(2027, 11, 22, tzinfo=UTC)
    with pytest.raises(BadBody, match="not_before"):
        bodies.parse_moment({"not_before": moment}, "not_before", latest)
    assert bodies.parse_moment({"not_before": str(latest)}, "not_before", latest) == latest


@pytest.mark.parametrize("moment", ["0001-01-01T00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_who_would_wait_to_the_ends_of_time_is_refused(
    program: Callable[..., Program], moment: str
) -> None:
    said = program("ann").ask("POST", "/tickets", {"gpus": 1, "not_before": moment})
    assert (said.status_code, said.headers["Allotment-Reason"]) == (400, "request")


def test_a_refused_body_is_answered_with_its_key_and_a_reason(
    program: Callable[..., Program],
) -> None:
    said = program("ann").ask("POST", "/tickets", {"gpu": 1})
    assert said.status_code == 400
    assert said.headers["Allotment-Reason"] == "request"
    error = json.loads(said.text)["error"]
    assert error["code"] == "request"
    assert error["reasons"][0]["numbers"]["key"] == "gpu"
    assert error["reasons"][0]["who"] == "you"
