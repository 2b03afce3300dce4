"""Everything untrusted in a start ends in a request or in a refusal naming the key."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from hub.policy.requests import SpawnRequest
from spawner.options import BadRequest, from_form, parse


def test_an_empty_body_is_the_default_profile_without_a_gpu() -> None:
    assert parse({}) == parse(None) == SpawnRequest()


def test_every_key_is_taken() -> None:
    options = {
        "profile": "course",
        "gpus": 0.5,
        "hours": 1.5,
        "group": "field-lab",
        "preemptible": False,
        "if_busy": "wait",
    }
    assert parse(options) == SpawnRequest(
        "course", Fraction(1, 2), timedelta(minutes=90), "field-lab", False, "wait"
    )


@pytest.mark.parametrize(
    "gpus",
    [
        -1,
        1.5,
        float("nan"),
        float("inf"),
        "all",
        True,
        10**9,
        None,
        [1],
        {},
        "0.5",
        0.12345,
        10**400,
    ],
)
def test_a_gpu_share_that_is_none_is_refused(gpus: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        parse({"gpus": gpus})
    assert caught.value.key == "gpus"


@pytest.mark.parametrize("hours", [None, 0, -1, "4", True, float("nan"), 1e9, 0.001])
def test_hours_that_are_none_are_refused(hours: Any) -> None:
    with pytest.raises(BadRequest) as caught:
        parse({"hours": hours})
    assert caught.value.key == "hours"


@pytest.mark.parametrize(
    "options",
    [
        {"image": "evil"},
        {"GPUS": 1},
        {"profile": 7},
        {"profile": "x" * 65},
        {"group": "a\nb"},
        {"preemptible": "yes"},
        {"if_busy": "later"},
        [],
        "gpus",
    ],
)
def test_what_is_not_understood_is_refused(options: Any) -> None:
    with pytest.raises(BadRequest):
        parse(options)


def test_a_form_gives_the_same_request_as_json() -> None:
    form = {"profile": ["notebook"], "gpus": ["0.5"], "hours": ["2"], "_xsrf": ["token"]}
    options = from_form(form)
    assert parse(options) == parse({"gpus": 0.5, "hours": 2, "if_busy": "wait"})


@pytest.mark.parametrize(
    "form",
    [
        {"gpus": ["0"], "image": ["evil"]},
        {"foo": ["1"]},
        {"gpus": ["0.5", "0.25"]},
        {"profile": ["a", "b"]},
        {"image": [""]},
    ],
)
def test_a_form_with_what_the_page_does_not_send_is_refused(form: dict[str, list[str]]) -> None:
    with pytest.raises(BadRequest):
        parse(from_form(form))


def test_an_empty_field_of_the_page_is_a_default() -> None:
    assert parse(from_form({"group": [""], "hours": [" "]})) == SpawnRequest(if_busy="wait")


@pytest.mark.parametrize("text", ["all", "nan", "1e400", "-1", "１", "0x1"])
def test_a_form_field_that_is_no_number_is_refused(text: str) -> None:
    if text == "１":
        assert parse(from_form({"gpus": [text]})).gpus == 1
        return
    with pytest.raises(BadRequest):
        parse(from_form({"gpus": [text]}))
