import subprocess
import sys
from pathlib import Path

import pytest

from admin.setup import compose
from hub.settings import Settings, parse
from hub.station import Images, Station, Uids

COMPOSE = Path(sys.executable).parent / "docker-compose"
PROXY = {"traefik.yml": "a"}


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(
        id="0123abcd",
        home=tmp_path,
        bridge="al0123abcd",
        network="allotment-0123abcd",
        subnet="10.9.0.0/22",
        gateway="10.9.0.1",
        hub_port=20001,
        hub_api_port=20002,
        traefik_api_port=20003,
        https_port=8443,
        public_url="https://farm.example:8443",
        host="farm.example",
        gid=200_000,
        uids=Uids(hub=200_001, steward=200_002, agent=200_003, console=200_004),
        cores=2,
        images=Images(cpu="c:1", cuda="", station="s:1", proxy="p:1"),
        gpu_access="none",
        docker_socket=Path("/var/run/docker.sock"),
        version="0.1.0",
    )


def changed(station: Station, before: Settings, after: Settings) -> set[str]:
    old = compose.build_stands(station, before, PROXY)
    new = compose.build_stands(station, after, PROXY)
    return {unit for unit in compose.UNITS if old[unit] != new[unit]}


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("[gpus]\nsimulate = 2\n", {"agent"}),
        ("[gpus]\nslots = 2\n", {"hub", "steward"}),
        ("[servers]\npids = 100\n", {"hub", "steward"}),
        ("[network]\nopen = ['10.1.0.0/16:5432/tcp']\n", {"walls"}),
        ("", set()),
    ],
)
def test_a_setting_makes_only_those_units_anew_that_read_it(
    station: Station, text: str, units: set[str]
) -> None:
    assert changed(station, Settings(), parse(text)) == units


def test_another_certificate_makes_only_the_proxy_anew(station: Station) -> None:
    old = compose.build_stands(station, Settings(), PROXY)
    new = compose.build_stands(station, Settings(), {"traefik.yml": "b"})
    assert {unit for unit in compose.UNITS if old[unit] != new[unit]} == {"proxy"}


def test_no_unit_asks_for_a_gpu_where_gpus_are_simulated(station: Station) -> None:
    real = station.model_copy(update={"gpu_access": "hook"})
    simulated = compose.build_variables(real, parse("[gpus]\nsimulate = 1\n"), {}, 999)
    assert simulated["STATION_AGENT_RUNTIME"] == "runc"
    assert simulated["STATION_AGENT_GPUS"] == "void"


@pytest.mark.parametrize(
    ("access", "runtime", "gpus", "device"),
    [
        ("none", "runc", "void", "/dev/null:/dev/null"),
        ("hook", "nvidia", "all", "/dev/null:/dev/null"),
        ("cdi", "runc", "void", "nvidia.com/gpu=all"),
    ],
)
def test_the_agent_gets_real_gpus_by_the_way_that_was_chosen(
    station: Station, access: str, runtime: str, gpus: str, device: str
) -> None:
    chosen = station.model_copy(update={"gpu_access": access})
    found = compose.build_variables(chosen, Settings(), {}, 999)
    assert found["STATION_AGENT_RUNTIME"] == runtime
    assert found["STATION_AGENT_GPUS"] == gpus
    assert found["STATION_AGENT_DEVICE"] == device


@pytest.fixture
def document(station: Station, repository: Path) -> str:
    """docker-compose.yml as compose itself understands it with the variables that `up` writes."""
    stands = compose.build_stands(station, Settings(), PROXY)
    variables = compose.build_variables(station, Settings(), stands, 999)
    path = station.home / "compose.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    words = [COMPOSE, "--file", repository / "docker-compose.yml", "--env-file", path, "config"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "variable is not set" not in done.stderr
    return done.stdout


def services(document: str) -> dict[str, str]:
    """Cut a normalised document into its services."""
    body = document.partition("services:\n")[2].partition("\nx-")[0]
    found: dict[str, list[str]] = {}
    name = ""
    for line in body.splitlines():
        if line.startswith("  ") and not line.startswith("   "):
            name = line.strip().rstrip(":")
        found.setdefault(name, []).append(line)
    return {key: "\n".join(lines) for key, lines in found.items()}


def test_the_file_is_valid_with_the_variables_that_up_writes(document: str) -> None:
    assert set(services(document)) >= set(compose.UNITS)


@pytest.mark.parametrize(
    "word", ["read_only: true", "no-new-privileges:true", "unless-stopped", "- ALL", "10m"]
)
def test_every_unit_is_hardened(document: str, word: str) -> None:
    found = services(document)
    assert all(word in found[unit] for unit in compose.UNITS)


def test_only_hub_and_steward_hold_the_engines_socket(document: str) -> None:
    found = services(document)
    assert {u for u in compose.UNITS if "docker.sock" in found[u]} == {"hub", "steward"}


def test_only_the_proxy_and_the_walls_run_as_root_and_each_with_what_it_needs(
    document: str,
) -> None:
    found = services(document)
    assert {u for u in compose.UNITS if "user: '0:0'" in found[u].replace('"', "'")} == {
        "proxy",
        "walls",
    }
    assert {u for u in compose.UNITS if "NET_ADMIN" in found[u]} == {"walls"}
    assert {u for u in compose.UNITS if "NET_BIND_SERVICE" in found[u]} == {"proxy"}


def test_no_unit_mounts_the_secrets_of_another(document: str) -> None:
    found = services(document)
    for unit in compose.UNITS:
        mounted = {line for line in found[unit].splitlines() if "state/secrets" in line}
        assert all(line.rstrip().endswith(f"state/secrets/{unit}") for line in mounted)


def test_the_agent_has_no_network(document: str) -> None:
    assert "network_mode: none" in services(document)["agent"]
