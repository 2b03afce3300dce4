"""Wait for what must become true soon; never for time to pass."""

import time
from collections.abc import Callable
from threading import Event

POLL_S = 0.05


def wait_until(condition: Callable[[], bool], within_s: float = 20) -> None:
    """Ask until the condition holds; fails the test when it does not in time."""
    deadline = time.monotonic() + within_s
    pause = Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        pause.wait(POLL_S)
