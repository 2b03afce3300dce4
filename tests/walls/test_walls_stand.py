"""The walls in the kernel itself: namespaces for machines, the real iptables, real packets."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from spawner.walls.packet_filter import FilterFailed, PacketFilter
from spawner.walls.rules import Walls, parse_opening
from tests.walls.conftest import ID, Street
from tests.walls.namespaces import EVERY_ADDRESS

pytestmark = pytest.mark.engine


def test_without_walls_everything_is_open(street: Street) -> None:
    assert street.ann.reaches("172.30.0.1", 80)
    assert street.ann.reaches("150.0.0.2", 80)
    assert street.ann.reaches("10.9.9.9", 80)
    assert street.ann.reaches("8.8.4.4", 80)


def test_a_server_reaches_the_hubs_door_and_the_world(street: Street, walls: Walls) -> None:
    street.station.listen("172.30.0.1", 20001)
    street.ensure(walls)
    assert street.ann.reaches("172.30.0.1", 20001)
    assert street.ann.reaches("8.8.4.4", 80)


@pytest.mark.parametrize(
    "address", ["172.30.0.1", "150.0.0.1", "150.0.0.2", "10.9.9.9", "169.254.169.254"]
)
def test_a_server_does_not_reach(street: Street, walls: Walls, address: str) -> None:
    street.ensure(walls)
    assert not street.ann.reaches(address, 80)


def test_the_machine_still_reaches_a_server(street: Street, walls: Walls) -> None:
    street.ensure(walls)
    assert street.station.reaches("172.30.0.2", 80)


def test_nobody_outside_reaches_a_server(street: Street, walls: Walls) -> None:
    assert street.neighbour.reaches("172.30.0.2", 80)
    street.ensure(walls)
    assert not street.neighbour.reaches("172.30.0.2", 80)


def test_a_resolver_is_asked_wherever_it_stands(street: Street, walls: Walls) -> None:
    for machine, address in ((street.station, "150.0.0.1"), (street.router, "10.9.9.9")):
        machine.listen_udp(address, 53)
        street.ensure(walls)
        assert not street.ann.asks(address, 53)
        street.ensure(replace(walls, resolvers=(IPv4Address(address),)))
        assert street.ann.asks(address, 53)
        assert not street.ann.reaches(address, 80)


def test_what_is_opened_is_reached_and_nothing_beside_it(street: Street, walls: Walls) -> None:
    street.router.listen(EVERY_ADDRESS, 5432)
    street.ensure(replace(walls, openings=(parse_opening("10.9.9.0/24:5432/tcp"),)))
    assert street.ann.reaches("10.9.9.9", 5432)
    assert not street.ann.reaches("10.9.9.9", 80)


def test_ipv6_is_closed(street: Street, walls: Walls) -> None:
    street.station.ip("address", "add", "fd77::1/64", "dev", walls.bridge, "nodad")
    street.ann.ip("address", "add", "fd77::2/64", "dev", "eth0", "nodad")
    street.station.listen("fd77::1", 20001)
    assert street.ann.reaches("fd77::1", 20001)
    street.ensure(walls)
    assert not street.ann.reaches("fd77::1", 20001)


def test_a_chain_that_was_torn_down_is_made_again(street: Street, walls: Walls) -> None:
    street.ensure(walls)
    table = street.filters[0]
    street.station.inside(
        lambda: table.apply(f"*filter\n-F FORWARD\n-F INPUT\n-F {walls.across}\nCOMMIT\n")
    )
    assert street.ann.reaches("10.9.9.9", 80)
    street.ensure(walls)
    assert not street.ann.reaches("10.9.9.9", 80)


@pytest.mark.parametrize("chain", ["INPUT", "FORWARD", "DOCKER-USER"])
def test_a_rule_put_before_ours_is_passed_by_the_next_pass(
    street: Street, walls: Walls, chain: str
) -> None:
    table = street.filters[0]
    docker = "*filter\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\nCOMMIT\n"
    street.station.inside(lambda: table.apply(docker))
    street.ensure(walls)
    open_all = f"*filter\n-I {chain} 1 -j ACCEPT\nCOMMIT\n"
    street.station.inside(lambda: table.apply(open_all))
    street.ensure(walls)
    assert not street.ann.reaches("172.30.0.1", 80)
    assert not street.ann.reaches("10.9.9.9", 80)


def test_a_second_pass_moves_nothing(street: Street, walls: Walls) -> None:
    street.ensure(walls)
    before = street.listing()
    street.ensure(walls)
    assert street.listing() == before


def test_two_stations_leave_each_other_alone(street: Street, walls: Walls) -> None:
    other = replace(walls, station_id="fedc9876", bridge="alfedc9876")
    street.ensure(walls)
    street.ensure(other)
    both = street.listing()
    street.ensure(walls)
    assert street.listing() == both
    street.remove(other)
    assert "fedc9876" not in street.listing()
    assert not street.ann.reaches("10.9.9.9", 80)


def test_removed_walls_leave_nothing_behind(street: Street, walls: Walls) -> None:
    before = [street.listing(family) for family in (0, 1)]
    street.ensure(walls)
    assert ID in street.listing(0)
    assert ID in street.listing(1)
    street.remove(walls)
    street.remove(walls)
    assert [street.listing(family) for family in (0, 1)] == before


def test_rules_the_kernel_does_not_take_change_nothing(street: Street, walls: Walls) -> None:
    street.ensure(walls)
    before = street.listing()
    with pytest.raises(FilterFailed):
        street.ensure(replace(walls, hub_api_port=99999))
    assert street.listing() == before


def test_a_filter_that_is_not_installed_is_named(street: Street, walls: Walls) -> None:
    with pytest.raises(FilterFailed, match="iptables-none"):
        PacketFilter("iptables", "none").load_listing()


def test_the_old_tables_hold_the_walls_too(street: Street, walls: Walls) -> None:
    street.backend = "legacy"
    street.ensure(walls)
    assert not street.ann.reaches("172.30.0.1", 80)
    assert not street.ann.reaches("10.9.9.9", 80)
    assert street.ann.reaches("8.8.4.4", 80)
    street.remove(walls)
    assert ID not in street.listing()
