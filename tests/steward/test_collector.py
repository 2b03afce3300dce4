"""A unit that has started looks no more at what it loaded."""

import subprocess
import sys

SETTLE = """
import gc
from hub.collector import settle
kept = [[number] for number in range(50_000)]
settle()
print(len(gc.get_objects()) < len(kept), gc.get_freeze_count() > len(kept))
"""

CYCLES = """
import gc, threading, time, weakref
from hub import collector
collector.EVERY_S = 0.01
collector.settle()
class Ring:
    def __init__(self):
        self.me = self
gone = weakref.ref(Ring())
deadline = time.monotonic() + 10
while gone() is not None and time.monotonic() < deadline:
    threading.Event().wait(0.01)  # a collector tells nobody what it found
print(gone() is None, gc.isenabled())
"""


def run(script: str) -> list[str]:
    """Run a script in a process of its own, and give what it says."""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_what_was_there_at_the_start_is_not_looked_at_again() -> None:
    assert run(SETTLE) == ["True", "True"]


def test_what_came_since_is_collected_by_a_thread_alone() -> None:
    assert run(CYCLES) == ["True", "False"]
