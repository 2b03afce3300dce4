"""The units: one compose environment a station, and the calls that start and stop them."""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from admin.setup.engine import socket_gid
from admin.setup.folders import replace_file
from admin.setup.programs import Runner, answer, reason_in
from hub.settings import Settings
from hub.station import Station

UNITS = ("walls", "agent", "proxy", "hub", "steward")
FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
ALL_BY_CDI = "nvidia.com/gpu=all"
NO_DEVICE = "/dev/null:/dev/null"
"""What every container has anyhow, since compose knows no empty device."""
HUB_FACTS = {"hub_port", "hub_api_port", "traefik_api_port", "gateway", "images"}
HUB_FACTS |= {"gpu_access", "cores", "subnet", "network", "docker_socket"}
HUB_SETTINGS = {"station", "users", "servers", "leases", "storage", "database", "profiles"}
SLOTS = {"slots", "models"}


@dataclass(frozen=True)
class Compose:
    """Calls compose for one station, whatever the environment says of other projects."""

    station_id: str
    variables_file: Path
    runner: Runner

    def run(self, words: Sequence[str], failure: str) -> None:
        """Run one compose command; raises SetupFailed."""
        program = Path(sys.executable).parent / "docker-compose"
        files = ["--file", str(FILE), "--env-file", str(self.variables_file)]
        project = ["--project-name", f"allotment-{self.station_id}", "--progress", "plain"]
        self.runner.run([program, *files, *project, *words], failure)


def build_stands(station: Station, settings: Settings, proxy: Mapping[str, str]) -> dict[str, str]:
    """Give for each unit a hash of what it reads at its start; `proxy` is what its files say."""
    facts = station.model_dump(mode="json")
    hub_facts = {key: facts[key] for key in sorted(HUB_FACTS)}
    hub_settings = settings.model_dump(mode="json", include=HUB_SETTINGS)
    dealing = settings.gpus.model_dump(mode="json", include=SLOTS)
    network = {key: facts[key] for key in ("bridge", "gateway", "subnet", "hub_api_port")}
    read: dict[str, object] = {
        "walls": [network, settings.network.model_dump(mode="json")],
        "agent": settings.gpus.simulate,
        "proxy": dict(proxy),
        "hub": [hub_facts, hub_settings, dealing],
        "steward": [hub_facts, hub_settings, dealing],
    }
    return {unit: _hash(read[unit]) for unit in UNITS}


def build_variables(
    station: Station, settings: Settings, stands: Mapping[str, str], socket_group: int
) -> dict[str, str]:
    """Give the variables of docker-compose.yml."""
    access = "none" if settings.gpus.simulate else station.gpu_access
    variables = {
        "COMPOSE_PROJECT_NAME": station.prefix,
        "STATION_ID": station.id,
        "STATION_HOME": str(station.home),
        "STATION_UNIT_IMAGE": station.images.station,
        "STATION_PROXY_IMAGE": station.images.proxy,
        "STATION_GID": str(station.gid),
        "STATION_HUB_UID": str(station.uids.hub),
        "STATION_STEWARD_UID": str(station.uids.steward),
        "STATION_AGENT_UID": str(station.uids.agent),
        "STATION_DOCKER_SOCKET": str(station.docker_socket),
        "STATION_DOCKER_GID": str(socket_group),
        "STATION_SIMULATE": str(settings.gpus.simulate),
        "STATION_AGENT_RUNTIME": "nvidia" if access == "hook" else "runc",
        "STATION_AGENT_GPUS": "all" if access == "hook" else "void",
        "STATION_AGENT_DEVICE": ALL_BY_CDI if access == "cdi" else NO_DEVICE,
    }
    return variables | {f"STATION_{unit.upper()}_STAND": stands[unit] for unit in stands}


def ensure_variables(station: Station, settings: Settings, proxy: Mapping[str, str]) -> Path:
    """Write the compose environment of a station; gives its path."""
    stands = build_stands(station, settings, proxy)
    group = socket_gid(station.docker_socket)
    variables = build_variables(station, settings, stands, group)
    path = station.state / "compose.env"
    header = "# Written by ./allotment up; docker-compose.yml says what each of these is.\n"
    lines = [f"{name}={_quoted(value)}\n" for name, value in variables.items()]
    replace_file(path, header + "".join(lines), mode=0o640)
    return path


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'" if not value.isalnum() else value


def _hash(read: object) -> str:
    text = json.dumps(read, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def runs(station: Station, unit: str) -> bool:
    """Say whether a unit of the station runs."""
    name = f"{station.prefix}-{unit}-1"
    return answer(["docker", "inspect", "--format", "{{.State.Running}}", name]) == "true"


def remove_leftovers(station_id: str, runner: Runner) -> None:
    """Remove what a station of this home left behind whose folder somebody has deleted."""
    label = f"label=allotment.station={station_id}"
    found = (answer(["docker", "ps", "--all", "--quiet", "--filter", label]) or "").split()
    if found:
        runner.run(["docker", "rm", "--force", *found], "an earlier station can't be removed")


def last_words(station: Station) -> str:
    """Name the units that do not run, with the last line of each one's log."""
    found = []
    for unit in UNITS:
        name = f"{station.prefix}-{unit}-1"
        state = answer(["docker", "inspect", "--format", "{{.State.Status}}", name]) or "missing"
        if state != "running":
            said = answer(["docker", "logs", "--tail", "9", name], complaints=True) or ""
            lines = [line.strip() for line in said.splitlines() if line.strip()]
            found.append(f"{unit} is {state} ({reason_in(lines)})" if lines else f"{unit}: {state}")
    return ", ".join(found) or "all units run; see their logs with docker logs"
