"""One `up` or `down` at a time: on a home, and on what all stations of a machine share."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from admin.setup.failure import SetupFailed

MACHINE = Path("/run/lock/allotment-machine.lock")


@contextmanager
def home_lock(home: Path) -> Iterator[None]:
    """Hold a home for this process; refuses when another command works on it."""
    with (home / "state" / "up.lock").open("a") as gate:
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupFailed(f"another up or down is at work on {home}; wait for it") from None
        yield


@contextmanager
def machine_lock(say: Callable[[str], None]) -> Iterator[None]:
    """Wait for and hold what stations share: packages, engine, images, choice of ports."""
    MACHINE.parent.mkdir(parents=True, exist_ok=True)
    with MACHINE.open("a") as gate:
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another up is at work on this machine; waiting for it …")
            fcntl.flock(gate, fcntl.LOCK_EX)
        yield
