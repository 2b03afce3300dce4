from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from admin.setup import facts
from admin.setup.failure import SetupFailed
from hub.networks import bridge_name
from hub.settings import Settings, parse
from hub.station import Images, NoStation, Station, load

IMAGES = Images(cpu="c", cuda="", station="s", proxy="p")
SOCKET = Path("/var/run/docker.sock")


@pytest.fixture
def chosen(tmp_path: Path) -> Station:
    (tmp_path / "state").mkdir()
    return facts.choose_facts(tmp_path, Settings(), lambda _: True, [])


def renewed(station: Station, settings: Settings, host: str = "farm.example") -> Station:
    return facts.renew_facts(station, settings, host, IMAGES, "none", SOCKET)


def test_two_homes_are_two_stations(tmp_path: Path) -> None:
    assert facts.choose_id(tmp_path / "a", "m") != facts.choose_id(tmp_path / "b", "m")


def test_the_same_home_on_another_machine_is_another_station(tmp_path: Path) -> None:
    assert facts.choose_id(tmp_path, "m") != facts.choose_id(tmp_path, "n")


def test_a_home_reached_through_a_link_is_the_same_station(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    assert facts.choose_id(tmp_path / "home", "m") == facts.choose_id(tmp_path / "link", "m")


def test_ports_that_are_taken_are_passed_over() -> None:
    free = facts.choose_ports("00000000", lambda port: port not in (20000, 20002), 3)
    assert free == [20001, 20003, 20004]


def test_ports_wrap_around_at_the_end_of_their_range() -> None:
    last = f"{facts.PORTS - 1:08x}"
    assert facts.choose_ports(last, lambda _: True, 2) == [31999, 20000]


def test_no_free_port_is_said() -> None:
    with pytest.raises(SetupFailed, match="no free ports"):
        facts.choose_ports("00000000", lambda _: False, 3)


@pytest.mark.parametrize(
    "taken", [(200_003, 1, "the user x"), (165_536, 65_536, "x in /etc/subuid"), (259_999, 9, "x")]
)
def test_a_range_of_ids_that_somebody_uses_is_refused(taken: tuple[int, int, str]) -> None:
    with pytest.raises(SetupFailed, match=r"set users\.uid_base"):
        facts.ensure_uids_free(200_000, [(0, 1, "root"), taken])


def test_a_range_of_ids_beside_those_in_use_is_taken() -> None:
    facts.ensure_uids_free(200_000, [(100_000, 100_000, "x"), (260_000, 5, "y")])


def test_an_interfaces_name_fits_what_linux_allows() -> None:
    assert len(bridge_name("0123abcd")) <= 15


def test_what_was_chosen_stays_when_settings_change(chosen: Station) -> None:
    after = renewed(chosen, parse("[proxy]\nhttps_port = 9443\n"))
    kept = {"id", "subnet", "gateway", "hub_port", "hub_api_port", "traefik_api_port", "uids"}
    assert chosen.model_dump(include=kept) == after.model_dump(include=kept)
    assert after.https_port == 9443


def test_a_lowered_station_keeps_what_is_still_free(chosen: Station) -> None:
    assert facts.choose_again(chosen, lambda _: True, [IPv4Network("10.0.0.0/8")]) == chosen


def test_a_default_route_takes_no_subnet(chosen: Station) -> None:
    assert facts.choose_again(chosen, lambda _: True, [IPv4Network("0.0.0.0/0")]) == chosen


def test_a_subnet_that_another_took_meanwhile_is_chosen_again(chosen: Station) -> None:
    after = facts.choose_again(chosen, lambda _: True, [IPv4Network(chosen.subnet)])
    assert not IPv4Network(after.subnet).overlaps(IPv4Network(chosen.subnet))
    assert IPv4Address(after.gateway) in IPv4Network(after.subnet)
    assert after.hub_port == chosen.hub_port


def test_ports_that_another_took_meanwhile_are_chosen_again(chosen: Station) -> None:
    after = facts.choose_again(chosen, lambda port: port != chosen.hub_port, [])
    assert chosen.hub_port not in (after.hub_port, after.hub_api_port, after.traefik_api_port)
    assert after.subnet == chosen.subnet


def test_the_usual_port_is_left_out_of_the_address(chosen: Station) -> None:
    assert renewed(chosen, Settings()).public_url == "https://farm.example"


def test_an_unusual_port_and_a_version_6_address_are_written_out(chosen: Station) -> None:
    after = renewed(chosen, parse("[proxy]\nhttps_port = 9443\n"), "fd00::2")
    assert after.public_url == "https://[fd00::2]:9443"


def test_the_base_of_ids_cannot_change_once_files_belong_to_it(chosen: Station) -> None:
    with pytest.raises(SetupFailed, match="set it back"):
        renewed(chosen, parse("[users]\nuid_base = 300000\n"))


def test_facts_are_read_as_they_were_written(chosen: Station) -> None:
    station = renewed(chosen, Settings())
    assert facts.keep_facts(station)
    assert load(station.home) == station
    assert not facts.keep_facts(station)


def test_damaged_facts_are_not_guessed_at(chosen: Station) -> None:
    (chosen.home / "state" / "station.json").write_text('{"id": "x"}')
    with pytest.raises(NoStation, match="damaged"):
        facts.load_previous(chosen.home)


def test_a_home_without_facts_has_no_station(tmp_path: Path) -> None:
    assert facts.load_previous(tmp_path) is None
    with pytest.raises(NoStation, match="up"):
        load(tmp_path)
