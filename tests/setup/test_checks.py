import os
import socket
from pathlib import Path

import pytest

from admin.setup import checks
from admin.setup.engine import ensure_new_enough, remove_stale
from admin.setup.failure import SetupFailed
from admin.setup.gpu_access import parse_listed
from admin.setup.programs import Runner, answer, reason_in


def test_a_port_that_is_taken_is_refused_with_its_holder() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupFailed, match=f"port {port} is taken by .*{os.getpid()}.*--https"):
            checks.ensure_https_port(port)


def test_a_full_disk_is_refused_with_the_numbers(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match=r"GiB free, 1000000\.0 GiB needed; make room"):
        checks.ensure_space(tmp_path / "not" / "there" / "yet", 1_000_000, "a station")


@pytest.mark.parametrize("version", ["19.03.15", "20.9.1", "1.13"])
def test_an_engine_too_old_is_refused_in_one_line(version: str) -> None:
    with pytest.raises(SetupFailed, match="too old"):
        ensure_new_enough(version)


@pytest.mark.parametrize("version", ["20.10.24+dfsg1", "24.0.7", "29.1.0"])
def test_an_engine_new_enough_is_taken(version: str) -> None:
    ensure_new_enough(version)


def test_a_pid_file_whose_number_is_another_programs_is_removed(tmp_path: Path) -> None:
    (tmp_path / "docker.pid").write_text(str(os.getpid()))
    assert remove_stale(tmp_path / "docker.pid")
    assert not (tmp_path / "docker.pid").exists()


@pytest.mark.parametrize("content", ["", "4194303", "words"])
def test_a_pid_file_of_nobody_is_removed(tmp_path: Path, content: str) -> None:
    (tmp_path / "docker.pid").write_text(content)
    assert remove_stale(tmp_path / "docker.pid")


def test_no_pid_file_is_fine(tmp_path: Path) -> None:
    assert not remove_stale(tmp_path / "docker.pid")


def test_slices_stand_for_the_card_they_are_cut_from() -> None:
    listed = """\
GPU 0: NVIDIA H200 (UUID: GPU-aaaa-1)
  MIG 1g.18gb     Device  0: (UUID: MIG-bbbb-1)
  MIG 1g.18gb     Device  1: (UUID: MIG-bbbb-2)
GPU 1: NVIDIA H200 (UUID: GPU-aaaa-2)
"""
    assert parse_listed(listed) == ("MIG-bbbb-1", "MIG-bbbb-2", "GPU-aaaa-2")


def test_a_program_that_fails_is_one_line_with_its_own_last_word(tmp_path: Path) -> None:
    script = "echo begin; echo 'E: no such package'; echo bye; exit 3"
    with pytest.raises(SetupFailed) as caught:
        Runner(tmp_path / "log").run(["sh", "-c", script], "it failed")
    assert str(caught.value).startswith("it failed: E: no such package")
    assert "begin" in (tmp_path / "log").read_text()


def test_a_program_that_is_missing_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="it failed: No such file"):
        Runner(tmp_path / "log").run(["/nonexistent/program"], "it failed")


@pytest.mark.parametrize("command", [["/nonexistent/program"], ["false"], ["sleep", "5"]])
def test_no_answer_is_an_answer(command: list[str]) -> None:
    assert answer(command, timeout_s=0.1) is None


def test_a_silent_program_is_said_to_be_silent() -> None:
    assert reason_in([]) == "it said nothing"
