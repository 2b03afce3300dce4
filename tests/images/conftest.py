"""The CPU notebook image as the station builds it, and containers held in as the station does."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from admin.setup.images import RECIPES, ensure_image
from admin.setup.programs import Runner

UID = 20_001
LABEL = "allotment.test=images"


def docker(*words: str | Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run the docker command and give what it said."""
    return subprocess.run(
        ["docker", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )


def docker_ok(*words: str | Path) -> str:
    """Run the docker command, which must not fail."""
    done = docker(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@dataclass(frozen=True)
class Container:
    """A running container of the image."""

    id: str

    def run(self, *words: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command in it as its own user."""
        return docker("exec", self.id, *words, timeout_s=timeout_s)

    def python(self, code: str, *flags: str, timeout_s: float = 120) -> str:
        """Run Python in it, which must not fail, and give its output."""
        done = self.run("python3", *flags, "-c", code, timeout_s=timeout_s)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def address(self) -> str:
        """Give its address on the engine's bridge."""
        return docker_ok("inspect", "-f", "{{.NetworkSettings.IPAddress}}", self.id)

    def log(self) -> str:
        """Give what it has said so far."""
        done = docker("logs", self.id)
        return done.stdout + done.stderr


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build the image if it is not there as it stands."""
    log = tmp_path_factory.mktemp("image") / "build.log"
    return ensure_image(RECIPES["notebook-cpu"], Runner(log), lambda line: None)


StartContainer = Callable[..., Container]


@pytest.fixture(scope="module")
def start(image: str) -> Iterator[StartContainer]:
    """Start containers by `docker run` options; all are removed at the end."""
    started: list[str] = []

    def start_one(*options: str | Path, command: tuple[str, ...] = ()) -> Container:
        one = docker_ok("run", "-d", "--init", "--label", LABEL, *options, image, *command)
        started.append(one)
        return Container(one)

    yield start_one
    for one in started:
        docker("rm", "--force", "--volumes", one)


def person_options(home: Path, models: Path, *more: str | Path) -> list[str | Path]:
    """Give the options of a container as a person of the station gets it."""
    for folder in (home, models):
        folder.mkdir(exist_ok=True)
        os.chown(folder, UID, UID)
    return [
        *("--user", f"{UID}:{UID}", "--read-only", "--cap-drop", "ALL", "--network", "none"),
        *("--security-opt", "no-new-privileges", "--tmpfs", "/tmp:exec", "--tmpfs", "/run"),
        *("--cpus", "2", "--memory", "3g", "--env", "HOME=/home/ann", "--workdir", "/home/ann"),
        *("--volume", f"{home}:/home/ann", "--volume", f"{models}:/data/models"),
        *more,
    ]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that another uid may pass through to its own."""
    folder = tmp_path_factory.mktemp("people")
    for passed in (folder, *folder.parents[:2]):
        passed.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def ann(start: StartContainer, folders: Path) -> Container:
    """Give a container that idles as ann's, hardened and with a home and models of her own."""
    options = person_options(folders / "ann", folders / "models")
    return start(*options, command=("sleep", "infinity"))
