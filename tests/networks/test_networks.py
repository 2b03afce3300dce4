"""Choosing the users' subnet, and reading what the machine has."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.networks import (
    NoSubnetFree,
    bridge_name,
    bridge_options,
    choose_subnet,
    load_neighbours,
    load_resolvers,
    load_taken,
    load_walls,
)
from spawner.walls.keeping import write_word

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ROUTE_TABLE = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
al0123abcd\t00FC1FAC\t00000000\t0001\t0\t0\t0\t00FCFFFF\t0\t0\t0
tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0
eth1\t0000000A\t010200C0\t0003\t0\t0\t0\t000000FF\t0\t0\t0
"""


def networks(*texts: str) -> list[IPv4Network]:
    """Give networks by their texts."""
    return [IPv4Network(text) for text in texts]


@pytest.mark.parametrize(
    ("taken", "chosen"),
    [
        ([], "172.31.252.0/22"),
        (["172.31.0.0/16"], "172.30.252.0/22"),
        (["172.31.255.1/32"], "172.31.248.0/22"),
        (["172.16.0.0/12"], "10.255.252.0/22"),
        (["172.16.0.0/12", "10.0.0.0/8"], "192.168.252.0/22"),
        (["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1"], "172.31.252.0/22"),
        (["172.16.0.0/12", "10.255.0.0/16", "10.128.0.0/9"], "10.127.252.0/22"),
    ],
)
def test_the_subnet_chosen(taken: list[str], chosen: str) -> None:
    assert str(choose_subnet(networks(*taken))) == chosen


def test_no_subnet_is_an_answer() -> None:
    with pytest.raises(NoSubnetFree):
        choose_subnet(networks("172.16.0.0/12", "10.0.0.0/8", "192.168.0.0/16"))


@given(
    st.lists(
        st.tuples(st.integers(0, 2**32 - 1), st.integers(8, 32)).map(
            lambda pair: IPv4Network(pair, strict=False)
        )
    )
)
def test_the_chosen_subnet_meets_nothing_taken(taken: list[IPv4Network]) -> None:
    try:
        chosen = choose_subnet(taken)
    except NoSubnetFree:
        return
    assert chosen.is_private
    assert not any(chosen.overlaps(network) for network in taken)


def test_what_is_taken_is_read_from_this_machine() -> None:
    taken = load_taken(["172.29.0.0/16", "fd00::/64"])
    assert IPv4Network("172.29.0.0/16") in taken
    assert any(IPv4Network("127.0.0.1/32").subnet_of(network) for network in taken)


def test_neighbours_are_on_a_cable_of_the_machines_own(tmp_path: Path) -> None:
    (tmp_path / "route").write_text(ROUTE_TABLE)
    assert load_neighbours("al0123abcd", tmp_path / "route") == networks("192.0.2.0/24")
    assert load_neighbours("", tmp_path / "route") == networks("172.31.252.0/22", "192.0.2.0/24")


def test_resolvers_a_container_could_ask(tmp_path: Path) -> None:
    stub, true = tmp_path / "resolv.conf", tmp_path / "upstream.conf"
    stub.write_text("# by hand\nsearch station.test\nnameserver 127.0.0.53\n")
    true.write_text(
        "nameserver 10.255.255.53\nnameserver fd00::53\nnameserver\nnameserver nonsense\n"
    )
    assert load_resolvers([stub, true, true]) == ["10.255.255.53"]
    assert load_resolvers([stub, tmp_path / "none"]) == []


def test_a_bridge_name_fits_the_kernel() -> None:
    assert len(bridge_name("0123abcd")) <= 15
    assert bridge_options("0123abcd") == {
        "com.docker.network.bridge.name": "al0123abcd",
        "com.docker.network.bridge.enable_icc": "false",
    }


def test_walls_that_stand_are_confirmed(tmp_path: Path) -> None:
    write_word(tmp_path / "walls.json", NOW, None)
    fact = load_walls(tmp_path / "walls.json", NOW + timedelta(seconds=30))
    assert (fact.confirmed, fact.confirmed_at, fact.error) == (True, NOW, "")


@pytest.mark.parametrize("age", [timedelta(seconds=31), timedelta(days=1), timedelta(seconds=-6)])
def test_an_old_word_confirms_nothing(tmp_path: Path, age: timedelta) -> None:
    write_word(tmp_path / "walls.json", NOW, None)
    assert not load_walls(tmp_path / "walls.json", NOW + age).confirmed


def test_walls_that_do_not_stand_say_why(tmp_path: Path) -> None:
    write_word(tmp_path / "walls.json", NOW, "iptables ended with 4")
    fact = load_walls(tmp_path / "walls.json", NOW)
    assert (fact.confirmed, fact.error) == (False, "iptables ended with 4")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        json.dumps({"confirmed_at": "yesterday", "ok": True, "error": None}),
        json.dumps({"confirmed_at": "2026-11-22T08:00:00", "ok": True, "error": None}),
        json.dumps({"confirmed_at": NOW.isoformat(), "ok": 1, "error": None}),
    ],
)
def test_a_word_that_is_none_confirms_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "walls.json").write_text(text)
    assert not load_walls(tmp_path / "walls.json", NOW).confirmed


def test_no_word_confirms_nothing(tmp_path: Path) -> None:
    assert not load_walls(tmp_path / "walls.json", NOW).confirmed


def test_the_word_is_readable_by_all_and_lies_alone(tmp_path: Path) -> None:
    os.umask(0o077)
    write_word(tmp_path / "walls.json", NOW, None)
    os.umask(0o022)
    assert [path.name for path in tmp_path.iterdir()] == ["walls.json"]
    assert stat.S_IMODE((tmp_path / "walls.json").stat().st_mode) == 0o644
