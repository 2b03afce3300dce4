"""An engine of the tests' own beside the machine's: found, started without systemd, stopped."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin.setup import base_image, engine
from admin.setup.base_image import BASE, ensure_base_image
from admin.setup.engine import EngineFolders
from admin.setup.failure import SetupFailed
from admin.setup.images import _docker_with_buildkit
from admin.setup.programs import Runner, answer


@pytest.fixture
def folders(tmp_path: Path, engine_version: str) -> Iterator[EngineFolders]:
    """Folders for a second engine, removed with it; short, since a socket's path is."""
    root = Path(f"/tmp/allotment-engine-{os.getpid()}")
    # In a network of its own: two engines in one network take each other's docker0 away.
    command = (
        "unshare",
        "--net",
        "dockerd",
        f"--host=unix://{root}/engine.sock",
        f"--data-root={root}/data",
        f"--exec-root={root}/exec",
        f"--pidfile={root}/engine.pid",
        "--bridge=none",
        "--iptables=false",
        "--ip-forward=false",
        "--live-restore",
    )
    root.mkdir()
    pids = (root / "engine.pid", root / "exec" / "containerd" / "containerd.pid")
    yield EngineFolders(
        root / "engine.sock", pids, root / "daemon.json", tmp_path / "engine.log", command
    )
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def started(folders: EngineFolders) -> Iterator[int]:
    process = engine.start_in_background(folders)
    yield process.pid
    process.terminate()
    process.wait(60)
    assert engine.load_version(folders.socket) is None


def test_the_oldest_engine_allowed_is_not_newer_than_this_one(engine_version: str) -> None:
    engine.ensure_new_enough(engine_version)


@pytest.mark.engine
def test_an_engine_is_started_in_the_background_and_answers(
    folders: EngineFolders, started: int
) -> None:
    assert engine.load_version(folders.socket) is not None
    assert folders.pid_files[0].read_text() == str(started)
    assert (engine.ask(folders.socket, "/info") or {})["LiveRestoreEnabled"] is True


@pytest.mark.engine
def test_an_engine_starts_over_the_pid_file_of_one_that_was_killed(
    folders: EngineFolders,
) -> None:
    folders.pid_files[0].write_text(str(os.getpid()))
    process = engine.start_in_background(folders)
    process.terminate()
    process.wait(60)
    assert "level=" in folders.log.read_text()


@pytest.mark.engine
def test_a_pid_file_of_an_engine_that_lives_is_left(folders: EngineFolders, started: int) -> None:
    assert not engine.remove_stale(folders.pid_files[0])
    assert folders.pid_files[0].read_text() == str(started)


@pytest.mark.engine
def test_an_engine_that_cannot_start_is_one_line_with_its_log(folders: EngineFolders) -> None:
    wrong = EngineFolders(
        folders.socket,
        folders.pid_files,
        folders.settings,
        folders.log,
        ("dockerd", "--no-such-option"),
    )
    with pytest.raises(SetupFailed, match=r"does not start: .*no-such-option.*engine\.log"):
        engine.start_in_background(wrong)


@pytest.mark.engine
def test_an_engine_that_answers_is_left_as_it_is(
    folders: EngineFolders, started: int, set_up_log: Runner
) -> None:
    assert engine.ensure_engine(folders, set_up_log)
    assert folders.pid_files[0].read_text() == str(started)
    assert not folders.settings.exists()


@pytest.mark.engine
def test_the_base_image_is_there_or_made(engine_version: str, set_up_log: Runner) -> None:
    ensure_base_image(engine.DEFAULT_SOCKET, set_up_log)
    assert ensure_base_image(engine.DEFAULT_SOCKET, set_up_log) == "there"
    assert BASE == "debian:bookworm-slim"


@pytest.mark.engine
@pytest.mark.long
def test_a_base_image_made_without_a_registry_runs_and_installs(set_up_log: Runner) -> None:
    name = f"allotment-test/base:{os.getpid()}"
    base_image.make(name, set_up_log)
    try:
        said = answer(["docker", "run", "--rm", name, "sh", "-c", "apt-get update && id -u"])
        assert said is not None
        assert said.endswith("\n0")
        assert base_image.size_mb(name) < 200
    finally:
        answer(["docker", "rmi", name])


@pytest.mark.engine
def test_some_docker_command_here_can_build(engine_version: str) -> None:
    assert _docker_with_buildkit() is not None


def test_nobody_answers_at_a_socket_that_is_not_there(tmp_path: Path) -> None:
    assert engine.load_version(tmp_path / "none.sock") is None
