"""The image by itself, without a hub: JupyterLab with a token, as a technician starts it."""

import json
import re
import socket
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.images.conftest import Container, StartContainer, docker

pytestmark = pytest.mark.engine

WAIT_S = 30


def wait_until_it_listens(container: Container) -> None:
    """Jupyter logs its address a moment before it listens there."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection((container.address(), 8888), timeout=1).close()
            return
        except ConnectionRefusedError:
            continue
    raise AssertionError(container.log())


def token_of(container: Container) -> str:
    """Follow the log until it gives the address to open."""
    deadline = time.monotonic() + WAIT_S
    follow = ["docker", "logs", "--follow", container.id]
    with subprocess.Popen(follow, stderr=subprocess.STDOUT, stdout=subprocess.PIPE) as log:
        assert log.stdout is not None
        for line in log.stdout:
            found = re.search(r"\?token=([0-9a-f]+)", line.decode())
            if found or time.monotonic() > deadline:
                log.terminate()
                assert found, "no token in the log"
                wait_until_it_listens(container)
                return found[1]
    raise AssertionError(container.log())


def get(container: Container, path: str) -> Any:
    """Ask its server for JSON."""
    with urlopen(f"http://{container.address()}:8888{path}", timeout=WAIT_S) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def alone(start: StartContainer, tmp_path_factory: pytest.TempPathFactory) -> Container:
    """Start it as the README says, with a folder of data that its user may write to."""
    data: Path = tmp_path_factory.mktemp("data")
    (data / "raw").mkdir()
    data.chmod(0o777)
    return start("--volume", f"{data}:/data")


@pytest.fixture(scope="module")
def token(alone: Container) -> str:
    return token_of(alone)


def test_the_token_in_its_log_opens_the_server(alone: Container, token: str) -> None:
    assert get(alone, f"/api/status?token={token}")["kernels"] == 0


def test_without_the_token_nobody_gets_in(alone: Container, token: str) -> None:
    with pytest.raises(HTTPError, match="403"):
        get(alone, "/api/contents")


def test_its_root_address_leads_to_jupyterlab(alone: Container, token: str) -> None:
    url = f"http://{alone.address()}:8888/?token={token}"
    with urlopen(url, timeout=WAIT_S) as answer:
        assert answer.url.split("?")[0].endswith("/lab")


def test_the_home_shows_the_welcome_folder_and_the_data(alone: Container, token: str) -> None:
    listed = get(alone, f"/api/contents?token={token}")["content"]
    assert {"welcome", "data"} <= {entry["name"] for entry in listed}


def test_the_welcome_notebooks_open_and_are_shown_as_read_only(
    alone: Container, token: str
) -> None:
    path = f"/api/contents/welcome/02-plant-disease.ipynb?token={token}"
    notebook = get(alone, path)
    assert notebook["content"]["cells"]
    assert alone.run("test", "-w", "/opt/allotment/welcome/02-plant-disease.ipynb").returncode == 1


def test_it_does_not_run_as_root_and_its_home_is_writable(alone: Container, token: str) -> None:
    assert alone.run("id", "-un").stdout.strip() == "researcher"
    assert alone.run("sh", "-c", "touch ~/mine && mkdir -p /data/models").returncode == 0


def test_it_serves_any_uid_on_a_read_only_root_too(start: StartContainer) -> None:
    other = start("--user", "4321", "--read-only", "--tmpfs", "/tmp")
    assert get(other, f"/api/status?token={token_of(other)}")["kernels"] == 0


def test_it_ends_on_the_first_request_to_stop(start: StartContainer) -> None:
    one = start()
    token_of(one)
    began = time.monotonic()
    docker("stop", "--time", "20", one.id)
    assert time.monotonic() - began < 10
