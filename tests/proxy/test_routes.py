"""Routes as text: every case a row."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import BadValue
from spawner.routes import (
    Route,
    build_document,
    build_mark,
    build_rule,
    find_fault,
    load_routes,
    parse_mark,
    parse_route,
    write_document,
)

ANN = Route("/user/ann/", "http://172.31.0.5:8888", {"user": "ann", "server_name": ""})
MARK = "http://127.0.0.1:9/run/1"


@pytest.mark.parametrize(
    ("routespec", "rule"),
    [
        ("/", "PathPrefix(`/`)"),
        ("/user/ann/", "( PathPrefix(`/user/ann/`) || Path(`/user/ann`) )"),
        ("/user/ann/lab-2/", "( PathPrefix(`/user/ann/lab-2/`) || Path(`/user/ann/lab-2`) )"),
        (
            "ann.station.test/user/ann/",
            "Host(`ann.station.test`) && ( PathPrefix(`/user/ann/`) || Path(`/user/ann`) )",
        ),
    ],
)
def test_a_prefix_becomes_a_rule(routespec: str, rule: str) -> None:
    assert build_rule(routespec) == rule


def test_the_whole_file_of_one_route() -> None:
    target = {"loadBalancer": {"servers": [{"url": ANN.target}], "passHostHeader": True}}
    mark = {"loadBalancer": {"servers": [{"url": MARK}], "passHostHeader": True}}
    assert build_document([ANN], "public", MARK) == {
        "http": {
            "services": {"written": mark, "service__2Fuser_2Fann_2F": target},
            "routers": {
                "router__2Fuser_2Fann_2F": {
                    "rule": "( PathPrefix(`/user/ann/`) || Path(`/user/ann`) )",
                    "service": "service__2Fuser_2Fann_2F",
                    "entryPoints": ["public"],
                }
            },
        },
        "jupyterhub": {
            "routes": {
                "router__2Fuser_2Fann_2F": {
                    "routespec": "/user/ann/",
                    "target": "http://172.31.0.5:8888",
                    "data": {"user": "ann", "server_name": ""},
                }
            }
        },
    }


def test_no_routes_leave_no_empty_table_behind() -> None:
    assert "routers" not in build_document([], "public", MARK)["http"]


@pytest.mark.parametrize(
    ("routespec", "target"),
    [
        ("/user/a`b/", "http://127.0.0.1:1"),
        ("/user/a%60b/", "http://127.0.0.1:1"),
        ("/user/a%0Ab/", "http://127.0.0.1:1"),
        ("/user/ann/", "ftp://127.0.0.1:1"),
        ("/user/ann/", "http://"),
        ("/user/ann/", ""),
    ],
)
def test_a_route_that_is_none_is_refused(routespec: str, target: str) -> None:
    with pytest.raises(BadValue):
        parse_route(routespec, target, {})


@given(st.text(min_size=1).map(lambda name: f"/user/{name}/"))
def test_no_name_ends_a_rules_quotes(routespec: str) -> None:
    try:
        route = parse_route(routespec, "http://127.0.0.1:1", {})
    except BadValue:
        return
    assert build_rule(route.routespec).count("`") == 4


@pytest.mark.parametrize(
    ("url", "generation"),
    [
        (build_mark("abc", 7), 7),
        (build_mark("abc", 1000), 1000),
        (build_mark("another", 7), 0),
        ("http://127.0.0.1:9/abc/", 0),
        ("http://127.0.0.1:9/abc/-1", 0),
        ("", 0),
    ],
)
def test_a_mark_counts_only_in_its_own_run(url: str, generation: int) -> None:
    assert parse_mark(url, "abc") == generation


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    path = tmp_path / "served" / "routes.yml"
    write_document(path, build_document([ANN], "public", MARK))
    assert load_routes(path) == {"/user/ann/": ANN}


def test_no_file_is_no_routes(tmp_path: Path) -> None:
    assert load_routes(tmp_path / "routes.yml") == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        json.dumps({"jupyterhub": {"routes": []}}),
        json.dumps({"jupyterhub": {"routes": {"x": {"routespec": "/a/"}}}}),
        json.dumps({"jupyterhub": {"routes": {"x": {"routespec": 1, "target": 2, "data": 3}}}}),
    ],
)
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "routes.yml").write_text(text)
    with pytest.raises(BadValue):
        load_routes(tmp_path / "routes.yml")


def seen(status: str = "enabled", url: str = ANN.target) -> dict[str, object]:
    """Give what Traefik would say of ann's route."""
    return {
        "routers": {"router__2Fuser_2Fann_2F@file": {"status": status, "error": ["no such door"]}},
        "services": {
            "service__2Fuser_2Fann_2F@file": {"loadBalancer": {"servers": [{"url": url}]}}
        },
    }


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (seen(), None),
        ({}, "its rule is not there"),
        (seen(status="disabled"), "no such door"),
        (seen(url="http://172.31.0.6:8888"), "its target is not there"),
        ({"routers": seen()["routers"]}, "its target is not there"),
    ],
)
def test_a_route_is_served_only_with_its_own_target(
    raw: dict[str, object], fault: str | None
) -> None:
    assert find_fault(ANN, raw) == fault
