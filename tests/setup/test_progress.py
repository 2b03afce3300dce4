import io
import os
from pathlib import Path

import pytest

from admin.setup import first_password
from admin.setup.progress import Progress, Step


class Terminal(io.StringIO):
    """A stream that people look at."""

    def isatty(self) -> bool:
        return True


def test_a_plain_stream_gets_one_line_a_step() -> None:
    stream = io.StringIO()
    with Progress(stream).step("base image") as step:
        step.note("pulled, 80 MB")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("base image             pulled, 80 MB")
    assert lines[0].endswith(" s")


def test_a_plain_stream_gets_no_control_characters() -> None:
    stream = io.StringIO()
    with Progress(stream).step("units"):
        pass
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_a_terminals_line_is_wiped_before_the_lasting_one() -> None:
    stream = Terminal()
    with Progress(stream).step("units") as step:
        step.note("started")
    assert "\r\x1b[Kunits" in stream.getvalue()
    assert stream.getvalue().endswith("s\n")


def test_a_step_that_fails_leaves_no_line_that_says_it_is_done() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="no"), Progress(stream).step("units"):
        raise ValueError("no")
    assert stream.getvalue() == ""


def test_a_long_note_is_cut_and_the_time_stays() -> None:
    step = Step("image station")
    step.note("x" * 500)
    assert len(step.line()) < 100
    assert step.line().endswith(" s")


def test_a_note_of_several_lines_is_one() -> None:
    step = Step("image station")
    step.note("one\n  two")
    assert step.text == "one two"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives the file to root")
def test_a_first_password_is_kept_until_it_was_shown(tmp_path: Path) -> None:
    (tmp_path / "state" / "secrets").mkdir(parents=True)
    assert first_password.load(tmp_path) is None
    first_password.keep(tmp_path, "abcd-efgh")
    kept = tmp_path / "state" / "secrets" / "first_password"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert first_password.load(tmp_path) == "abcd-efgh"
    first_password.forget(tmp_path)
    first_password.forget(tmp_path)
    assert first_password.load(tmp_path) is None
