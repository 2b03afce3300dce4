"""`up`, `down`, `status` and `doctor` as people call them, on stations of the tests' own."""

import json
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin.setup import checks
from admin.setup.failure import SetupFailed
from hub.settings import load_variables
from hub.station import Station, load
from tests.stations import RunningStation, free_port, run, running_station

pytestmark = pytest.mark.stack

UNITS = {"proxy", "hub", "steward", "agent", "walls"}
STATUS = {"ready", "url", "console_url", "ca_file", "units", "gpus", "servers", "version"}
GPU = {
    *("uuid", "name", "node", "kind", "memory_mib", "slots", "leased_slots", "health", "isolation"),
}
SECOND_UP_S = 15


@pytest.fixture(scope="module")
def other(
    engine_version: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningStation]:
    """A second station on the same machine, which these tests may lower."""
    with running_station(tmp_path_factory.mktemp("other"), simulate=1) as running:
        yield running


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


def containers(station: Station) -> dict[str, str]:
    """The ids of a station's units by name, those that run."""
    label = f"label=allotment.station={station.id}"
    form = '{{.Label "allotment.unit"}} {{.ID}}'
    listed = docker("ps", "--filter", label, "--filter", "label=allotment.unit", "--format", form)
    return dict(line.split() for line in listed.splitlines())


def processes(station: Station) -> list[int]:
    """The host's numbers of the units' first processes."""
    listed = docker("inspect", "--format", "{{.State.Pid}}", *containers(station).values())
    return [int(line) for line in listed.split()]


def names_and_ports(station: Station) -> dict[str, object]:
    """What of a station's facts stays for ever; images are named after what is in them."""
    return station.model_dump(exclude={"images"})


def page(url: str, ca_file: str) -> int:
    context = ssl.create_default_context(cafile=ca_file)
    handler = urllib.request.HTTPSHandler(context=context)
    with urllib.request.build_opener(handler).open(f"{url}/hub/login", timeout=10) as answer:
        return int(answer.status)


def test_the_log_in_page_is_served_with_a_certificate_of_the_stations_ca(
    station: RunningStation,
) -> None:
    assert page(station.url, station.ca_file) == 200


def test_up_answers_with_the_status_and_a_one_time_password(station: RunningStation) -> None:
    assert set(station.first) == STATUS | {"admin"}
    assert station.first["admin"]["name"] == "root"
    assert len(station.root_password) >= 12


def test_status_has_the_shape_of_the_contract(station: RunningStation) -> None:
    status = station.run("status", "--json").document
    assert set(status) == STATUS
    assert status["ready"] is True
    assert status["console_url"] is None
    assert not status["url"].endswith("/")
    assert isinstance(status["servers"], int)
    assert {unit["name"] for unit in status["units"]} == UNITS
    assert all(unit["state"] == "running" for unit in status["units"])
    assert all(unit["memory_mib"] > 0 for unit in status["units"])


def test_simulated_gpus_are_listed_and_labelled(station: RunningStation) -> None:
    gpus = station.run("status", "--json").document["gpus"]
    assert len(gpus) == 2
    assert all(set(gpu) == GPU for gpu in gpus)
    assert all("imulated" in gpu["name"] and gpu["slots"] == 4 for gpu in gpus)


def test_a_second_up_changes_nothing_and_is_quick(station: RunningStation) -> None:
    facts = load(station.home)
    before = containers(facts)
    began = time.monotonic()
    said = station.run("up", "--json")
    took = time.monotonic() - began
    assert said.status == 0, said.err
    assert containers(facts) == before
    assert took < SECOND_UP_S
    assert said.document["admin"] == {"name": "root"}


def test_another_number_of_gpus_makes_the_agent_anew_and_no_other_unit(
    station: RunningStation,
) -> None:
    facts = load(station.home)
    before = containers(facts)
    assert station.run("up", "--simulate-gpus", "3").status == 0
    after = containers(facts)
    assert station.run("up", "--simulate-gpus", "2").status == 0
    assert {unit for unit in UNITS if before[unit] != after[unit]} == {"agent"}


def test_an_option_is_kept_and_the_files_comments_survive(station: RunningStation) -> None:
    text = (station.home / "allotment.toml").read_text()
    assert "# Written by a test; this comment stays." in text
    assert "simulate = 2" in text


def test_a_wrong_file_is_refused_and_leaves_the_station_as_it_was(
    station: RunningStation,
) -> None:
    facts = load(station.home)
    before, path = containers(facts), station.home / "allotment.toml"
    good = path.read_text()
    path.write_text(good + "\n[users]\nuid_bse = 1\n")
    said = station.run("up", "--json")
    path.write_text(good)
    line = good.count("\n") + 3
    assert said.status == 1
    assert f"allotment.toml line {line}: users.uid_bse" in said.document["error"]["message"]
    assert containers(facts) == before
    assert page(station.url, station.ca_file) == 200


def test_an_option_out_of_range_is_refused_and_not_kept(station: RunningStation) -> None:
    before = (station.home / "allotment.toml").read_text()
    said = station.run("up", "--simulate-gpus", "1000")
    assert said.status == 2
    assert "--simulate-gpus" in said.err
    assert (station.home / "allotment.toml").read_text() == before


def test_units_killed_all_at_once_are_the_same_station_after_up(station: RunningStation) -> None:
    facts = load(station.home)
    before = names_and_ports(facts)
    for pid in processes(facts):
        os.kill(pid, signal.SIGKILL)
    said = station.run("up", "--json")
    assert said.status == 0, said.err
    assert said.document["ready"] is True
    assert names_and_ports(load(station.home)) == before


def test_compose_by_hand_changes_nothing(station: RunningStation, repository: Path) -> None:
    facts = load(station.home)
    before = containers(facts)
    compose = repository / ".venv" / "bin" / "docker-compose"
    variables = station.home / "state" / "compose.env"
    file = repository / "docker-compose.yml"
    words = [compose, "--file", file, "--env-file", variables, "up", "--detach"]
    another = {**load_variables(), "ALLOTMENT_HOME": "/srv/another"}
    subprocess.run(words, capture_output=True, check=True, env=another)
    assert containers(facts) == before


def test_doctor_finds_nothing_wrong_and_says_what_it_looked_at(station: RunningStation) -> None:
    said = station.run("doctor", "--json")
    items = said.document["items"]
    assert said.status == 0, [item for item in items if item["severity"] == "error"]
    assert {"engine", "walls", "agent", "database", "secrets"} <= {item["code"] for item in items}
    assert all((item["remedy"] is None) == item["ok"] for item in items)


def test_doctor_names_a_unit_that_stands_still(station: RunningStation) -> None:
    steward = containers(load(station.home))["steward"]
    docker("stop", steward)
    said = station.run("doctor", "--json")
    docker("start", steward)
    wrong = [item for item in said.document["items"] if not item["ok"] and item["code"] == "unit"]
    assert said.status == 1
    assert ["steward" in item["message"] for item in wrong] == [True]


def test_two_stations_on_one_machine_share_no_name_port_or_network(
    station: RunningStation, other: RunningStation
) -> None:
    one, two = load(station.home), load(other.home)
    ports = [(s.https_port, s.hub_port, s.hub_api_port, s.traefik_api_port) for s in (one, two)]
    assert not set(ports[0]) & set(ports[1])
    assert {one.id, one.bridge, one.network, one.subnet}.isdisjoint(
        {two.id, two.bridge, two.network, two.subnet}
    )
    assert page(other.url, other.ca_file) == 200


def test_lowering_one_station_leaves_the_other_and_all_files(
    station: RunningStation, other: RunningStation
) -> None:
    facts = load(station.home)
    before = containers(facts)
    (other.home / "homes" / "root" / "kept").write_text("kept")
    said = other.run("down")
    assert said.status == 0, said.err
    assert containers(load(other.home)) == {}
    assert load(other.home).network not in docker("network", "ls")
    assert other.run("status", "--json").document["ready"] is False
    assert (other.home / "homes" / "root" / "kept").read_text() == "kept"
    assert containers(facts) == before
    assert page(station.url, station.ca_file) == 200


def test_down_twice_is_harmless_and_up_brings_the_same_station_back(
    other: RunningStation,
) -> None:
    before = load(other.home)
    assert other.run("down").status == 0
    said = other.run("up", "--json")
    assert said.status == 0, said.err
    assert "one_time_password" not in said.document["admin"]
    assert names_and_ports(load(other.home)) == names_and_ports(before)


def test_a_taken_port_is_one_line_and_nothing_is_begun(engine_version: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = run(home, ["up", "--https-port", str(port)])
    last = said.err.strip().splitlines()[-1]
    assert said.status == 1
    assert f"port {port} is taken" in last
    assert "--https-port" in last
    assert not (home / "state" / "station.json").exists()
    assert not (home / "allotment.toml").exists()


def test_a_subnet_is_removed_with_its_walls(other: RunningStation) -> None:
    facts = load(other.home)
    assert other.run("down").status == 0
    listing = subprocess.run(["iptables-save"], capture_output=True, text=True, check=True).stdout
    assert facts.id not in listing


@pytest.mark.parametrize("command", ["status", "down"])
def test_a_home_without_a_station_is_one_line(command: str, tmp_path: Path) -> None:
    said = run(tmp_path / "none", [command, "--json"])
    assert said.status == 1
    assert json.loads(said.out)["error"]["code"] == "no-station"
    assert not (tmp_path / "none").exists()


def test_somebody_who_is_not_root_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetupFailed, match=r"sudo \./allotment up"):
        checks.ensure_root("up")


def test_a_port_of_nobody_is_free() -> None:
    checks.ensure_https_port(free_port())
