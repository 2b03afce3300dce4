"""What the steward writes into its log, which is kept and read by many."""

from collections.abc import Iterator

import pytest
import structlog

from hub.steward.log import ensure_plain

SECRET = "a-password-of-ours"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Give the log back as it was."""
    yield
    structlog.reset_defaults()


def connect(password: str) -> None:
    raise ConnectionError(f"nobody answers ({len(password)})")


def test_a_traceback_tells_the_line_and_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    ensure_plain()
    try:
        connect(SECRET)
    except ConnectionError:
        structlog.get_logger().exception("a duty failed")
    told = capsys.readouterr().out
    assert "a duty failed" in told
    assert "nobody answers" in told
    assert SECRET not in told


def test_saying_so_twice_says_every_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    ensure_plain()
    ensure_plain()
    structlog.get_logger().warning("one line")
    assert capsys.readouterr().out.count("one line") == 1
