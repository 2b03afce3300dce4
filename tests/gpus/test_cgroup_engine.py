"""The container of a process, read beside a real engine: whatever cgroups this machine has."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from spawner.agent.cgroup import load_container_id

pytestmark = pytest.mark.engine

IMAGE = "allotment-test-empty:cgroup"
LABEL = "allotment.test=cgroup"


def docker(*words: str, text: str = "") -> str:
    command = ["docker", *words]
    return subprocess.run(
        command, input=text, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def container() -> Iterator[str]:
    """A container that sleeps, of an empty image with this machine's programs in it."""
    docker("import", "-", IMAGE, text="\0" * 10240)
    found = [path for path in ("/bin", "/lib", "/lib64", "/usr") if Path(path).exists()]
    binds = [f"--volume={path}:{path}:ro" for path in found]
    options = [f"--label={LABEL}", "--network=none", "--init=false", *binds]
    container = docker("run", "--detach", *options, IMAGE, "/bin/sleep", "600")
    yield container
    docker("rm", "--force", container)
    docker("rmi", IMAGE)


def test_a_process_in_a_container_is_known_by_its_engine_id(container: str) -> None:
    pid = int(docker("inspect", "--format={{.State.Pid}}", container))
    assert load_container_id(pid, Path("/proc")) == container


def test_the_engine_itself_is_in_no_container(container: str) -> None:
    assert load_container_id(1, Path("/proc")) is None
