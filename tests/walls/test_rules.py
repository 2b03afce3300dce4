"""The packet filter as text, compared whole."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from hub.errors import BadValue
from spawner.walls.rules import (
    Opening,
    build_removal,
    build_restore,
    build_rules,
    build_rules_v6,
    find_fault,
    parse_opening,
)
from tests.walls.conftest import WALLS

IN, FW = "ALLOTMENT-0123abcd-IN", "ALLOTMENT-0123abcd-FW"
FRESH = "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n"
JUMPS = [
    f"-A INPUT -i al0123abcd -j {IN}",
    f"-A FORWARD -i al0123abcd -j {FW}",
    f"-A FORWARD -o al0123abcd -j {FW}",
]


def test_the_whole_filter_of_a_station() -> None:
    walls = replace(
        WALLS,
        resolvers=(IPv4Address("10.255.255.53"),),
        neighbours=(IPv4Network("192.168.7.0/24"), IPv4Network("150.0.0.0/24")),
        openings=(parse_opening("10.1.2.0/24:5432/tcp"),),
    )
    assert build_rules(walls) == [
        f"-A {IN} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        f"-A {IN} -d 172.30.0.1/32 -p tcp --dport 20001 -j ACCEPT",
        f"-A {IN} -d 10.255.255.53/32 -p udp --dport 53 -j ACCEPT",
        f"-A {IN} -d 10.255.255.53/32 -p tcp --dport 53 -j ACCEPT",
        f"-A {IN} -d 10.1.2.0/24 -p tcp --dport 5432 -j ACCEPT",
        f"-A {IN} -j DROP",
        f"-A {FW} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
        f"-A {FW} -o al0123abcd -j DROP",
        f"-A {FW} -d 10.255.255.53/32 -p udp --dport 53 -j RETURN",
        f"-A {FW} -d 10.255.255.53/32 -p tcp --dport 53 -j RETURN",
        f"-A {FW} -d 10.1.2.0/24 -p tcp --dport 5432 -j RETURN",
        f"-A {FW} -d 0.0.0.0/8 -j DROP",
        f"-A {FW} -d 10.0.0.0/8 -j DROP",
        f"-A {FW} -d 100.64.0.0/10 -j DROP",
        f"-A {FW} -d 127.0.0.0/8 -j DROP",
        f"-A {FW} -d 169.254.0.0/16 -j DROP",
        f"-A {FW} -d 172.16.0.0/12 -j DROP",
        f"-A {FW} -d 192.0.0.0/24 -j DROP",
        f"-A {FW} -d 192.168.0.0/16 -j DROP",
        f"-A {FW} -d 198.18.0.0/15 -j DROP",
        f"-A {FW} -d 224.0.0.0/3 -j DROP",
        f"-A {FW} -d 150.0.0.0/24 -j DROP",
        f"-A {FW} -j RETURN",
    ]


def test_nothing_passes_by_ipv6() -> None:
    assert build_rules_v6(WALLS) == [f"-A {IN} -j DROP", f"-A {FW} -j DROP"]


def test_the_first_transaction_on_a_bare_machine() -> None:
    assert build_restore(WALLS, [f"-A {IN} -j DROP"], FRESH) == (
        f"*filter\n:{IN} - [0:0]\n:{FW} - [0:0]\n-A {IN} -j DROP\n"
        f"-I INPUT 1 -i al0123abcd -j {IN}\n"
        f"-I FORWARD 1 -o al0123abcd -j {FW}\n-I FORWARD 1 -i al0123abcd -j {FW}\n"
        "COMMIT\n"
    )


def listing(*rules: str) -> str:
    """Give what iptables would print."""
    return FRESH + f"-N {IN}\n-N {FW}\n" + "".join(f"{rule}\n" for rule in rules)


@pytest.mark.parametrize(
    ("before", "moved"),
    [
        (JUMPS, []),
        (["-A INPUT -j ACCEPT", *JUMPS], ["INPUT"]),
        ([*JUMPS, "-A INPUT -j ACCEPT"], []),
        (["-A INPUT -i alfedc9876 -j ALLOTMENT-fedc9876-IN", *JUMPS], []),
        (["-A FORWARD -j DOCKER-USER", *JUMPS], []),
        (["-A FORWARD -i eth0 -j DOCKER-USER", *JUMPS], ["FORWARD"]),
        (["-A FORWARD -j DOCKER", *JUMPS], ["FORWARD"]),
        ([*JUMPS, JUMPS[0]], ["INPUT"]),
        (JUMPS[:2], ["FORWARD"]),
        (["-N DOCKER-USER", *JUMPS], ["DOCKER-USER"]),
    ],
)
def test_a_jump_is_moved_only_when_something_stands_before_it(
    before: list[str], moved: list[str]
) -> None:
    lines = build_restore(WALLS, [], listing(*before)).splitlines()
    assert sorted({line.split()[1] for line in lines if line.startswith("-I ")}) == moved


def test_a_moved_jump_leaves_no_second_one_behind() -> None:
    text = build_restore(WALLS, [], listing("-A INPUT -j ACCEPT", *JUMPS, JUMPS[0]))
    assert text.count(f"-D INPUT -i al0123abcd -j {IN}\n") == 2
    assert text.count(f"-I INPUT 1 -i al0123abcd -j {IN}\n") == 1


def test_removal_takes_jumps_and_chains() -> None:
    text = listing("-A INPUT -j ACCEPT", *JUMPS, f"-A {IN} -j DROP")
    assert build_removal(WALLS, text) == (
        f"*filter\n-D INPUT -i al0123abcd -j {IN}\n-D FORWARD -i al0123abcd -j {FW}\n"
        f"-D FORWARD -o al0123abcd -j {FW}\n-F {FW}\n-X {FW}\n-F {IN}\n-X {IN}\nCOMMIT\n"
    )


def test_there_is_nothing_to_remove_from_a_bare_machine() -> None:
    assert build_removal(WALLS, FRESH) == "*filter\nCOMMIT\n"


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ([*JUMPS, f"-A {IN} -j DROP", f"-A {FW} -j DROP"], None),
        ([*JUMPS, f"-A {IN} -j DROP"], f"{FW} does not hold its 1 rules"),
        ([*JUMPS[1:], f"-A {IN} -j DROP", f"-A {FW} -j DROP"], "INPUT does not begin with"),
    ],
)
def test_what_does_not_stand_is_named(rules: list[str], fault: str | None) -> None:
    found = find_fault(WALLS, build_rules_v6(WALLS), listing(*rules))
    assert (found or "").startswith(fault or "")
    assert bool(found) == bool(fault)


def test_a_chains_name_fits_the_kernel() -> None:
    assert max(len(WALLS.inward), len(WALLS.across)) <= 28


def test_an_opening_is_read() -> None:
    assert parse_opening("10.1.2.0/24:53/udp") == Opening(IPv4Network("10.1.2.0/24"), 53, "udp")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.1.2.0/24",
        "10.1.2.0/24:53",
        "10.1.2.0/24:53/icmp",
        "10.1.2.0/24:0/tcp",
        "10.1.2.0/24:65536/tcp",
        "10.1.2.3/24:53/tcp",
        "10.1.2.0/33:53/tcp",
        "host:53/tcp",
        "fd00::/8:53/tcp",
        "10.1.2.0/24:53/tcp -j ACCEPT",
        "10.1.2.0/24:5 3/tcp",
    ],
)
def test_an_opening_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parse_opening(text)
