"""A unit that has started looks no more at what it loaded."""

import subprocess
import sys

SETTLE = """
import gc
from hub.collector import settle
kept = [[number] for number in range(50_000)]
settle()
print(len(gc.get_objects()) < len(kept), gc.get_freeze_count() > len(kept), gc.isenabled())
"""


def test_what_was_there_at_the_start_is_not_looked_at_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SETTLE], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True", "True"]
