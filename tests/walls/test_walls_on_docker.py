"""The walls around a real Docker network: the unit's own command, and containers that leave it."""

import io
import json
import secrets
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub import clock
from hub.networks import bridge_name, bridge_options, choose_subnet, load_taken, load_walls

pytestmark = pytest.mark.engine
TRY = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1)"
LOOK_UP = "import socket,sys; socket.getaddrinfo(sys.argv[1], 80)"
NO_SUCH_NAME = "nobody.allotment.invalid"


def docker(*words: str, data: bytes | None = None) -> str:
    """Run a command of Docker's that must succeed."""
    done = subprocess.run(
        ["docker", *words], input=data, capture_output=True, check=True
    )  # our words
    return done.stdout.decode().strip()


@dataclass(frozen=True)
class Site:
    """A station's network with ann's and bob's containers, and its home."""

    station_id: str
    home: Path
    gateway: str
    hub_api_port: int

    def keep(self, *words: str) -> int:
        command = [sys.executable, "-m", "spawner.walls", "--home", str(self.home), *words]
        return subprocess.run(command, check=False).returncode  # our own unit

    def runs(self, program: str, *words: str) -> tuple[bool, str]:
        """Run Python in ann's container; gives whether it succeeded and its last words."""
        named = f"ann-{self.station_id}"
        command = ["docker", "exec", named, "/usr/bin/python3", "-c", program, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # ours
        return done.returncode == 0, done.stderr.strip().rpartition("\n")[2]

    def reaches(self, host: str, port: int) -> bool:
        return self.runs(TRY, host, str(port))[0]


def make_image(name: str) -> None:
    """Make an image of nothing but links into the machine's own /usr."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for link in ("bin", "lib", "lib64"):
            entry = tarfile.TarInfo(link)
            entry.type, entry.linkname = tarfile.SYMTYPE, f"usr/{link}"
            tar.addfile(entry)
    docker("import", "-", name, data=buffer.getvalue())


def write_home(home: Path, station_id: str, subnet: str, gateway: str, port: int) -> None:
    """Write the files of a station that the unit reads."""
    (home / "state" / "run" / "walls").mkdir(parents=True)
    (home / "state" / "applied.toml").write_text("")
    facts = {
        "id": station_id,
        "home": str(home),
        "bridge": bridge_name(station_id),
        "network": f"walls-{station_id}",
        "subnet": subnet,
        "gateway": gateway,
        "hub_port": 1,
        "hub_api_port": port,
        "traefik_api_port": 2,
        "https_port": 3,
        "public_url": "https://station.test",
        "host": "station.test",
        "gid": 0,
        "cores": 2,
        "uids": dict.fromkeys(("hub", "steward", "agent", "console"), 0),
        "images": dict.fromkeys(("cpu", "cuda", "station", "proxy"), ""),
        "gpu_access": "none",
        "docker_socket": "/var/run/docker.sock",
        "version": "0",
    }
    (home / "state" / "station.json").write_text(json.dumps(facts))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A network as `up` makes it, two containers on it, and a listener where the hub's door is."""
    station_id, home = secrets.token_hex(4), tmp_path_factory.mktemp("home")
    subnet = choose_subnet(load_taken(), 24)
    name, gateway = f"walls-{station_id}", str(next(subnet.hosts()))
    label = ["--label", f"allotment.test={station_id}"]
    options = [f"--opt={key}={value}" for key, value in bridge_options(station_id).items()]
    addresses = ["--subnet", str(subnet), "--gateway", gateway]
    try:
        make_image(name)
        docker("network", "create", *label, *options, *addresses, name)
        serve = ["-v", "/usr:/usr:ro", name, "/usr/bin/python3", "-m", "http.server", "8888"]
        for person in ("ann", "bob"):
            named = ["--name", f"{person}-{station_id}", "--network-alias", person]
            docker("run", "-d", *label, *named, "--network", name, *serve)
        with socket.create_server((gateway, 0)) as door:
            port = door.getsockname()[1]
            write_home(home, station_id, str(subnet), gateway, port)
            made = Site(station_id, home, gateway, port)
            assert made.keep("--once") == 0
            yield made
            assert made.keep("--remove") == 0
    finally:
        for words in (
            ["rm", "-f", f"ann-{station_id}", f"bob-{station_id}"],
            ["network", "rm", name],
            ["rmi", name],
        ):
            subprocess.run(["docker", *words], capture_output=True, check=False)  # our words


def test_a_container_reaches_the_hubs_door(site: Site) -> None:
    assert site.reaches(site.gateway, site.hub_api_port)


def test_a_container_reaches_no_other_port_of_the_machine(site: Site) -> None:
    with socket.create_server(("", 0)) as listener:
        port = listener.getsockname()[1]
        assert not site.reaches(site.gateway, port)
        assert not site.reaches("172.17.0.1", port)


def test_a_container_does_not_reach_another(site: Site) -> None:
    assert not site.reaches("bob", 8888)


def test_a_container_does_not_reach_a_private_address(site: Site) -> None:
    assert not site.reaches("10.0.0.1", 80)
    assert not site.reaches("169.254.169.254", 80)


def test_names_are_looked_up_through_the_walls(site: Site) -> None:
    try:
        socket.getaddrinfo(NO_SUCH_NAME, 80)
    except socket.gaierror as error:
        if error.errno != socket.EAI_NONAME:
            pytest.skip("this machine has no name server that answers")
    known, said = site.runs(LOOK_UP, NO_SUCH_NAME)
    assert not known
    assert "[Errno -2]" in said, said


def test_the_machine_reaches_a_container(site: Site) -> None:
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    address = docker("inspect", "-f", form, f"ann-{site.station_id}")
    socket.create_connection((address, 8888), 5).close()


def test_the_hub_reads_that_the_walls_stand(site: Site) -> None:
    assert site.keep("--once") == 0
    word = site.home / "state" / "run" / "walls" / "walls.json"
    assert load_walls(word, clock.now()).confirmed


def test_settings_that_open_nothing_that_is_one_confirm_nothing(site: Site) -> None:
    applied = site.home / "state" / "applied.toml"
    applied.write_text("this is no setting")
    try:
        assert site.keep("--once") == 1
    finally:
        applied.write_text("")
    word = site.home / "state" / "run" / "walls" / "walls.json"
    assert not load_walls(word, clock.now()).confirmed
