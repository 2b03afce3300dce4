"""Python's garbage collector, kept out of decisions: what a unit has loaded stays, the rest waits.

A full collection looks at every object there is: in a unit with its libraries loaded that is some
70 ms in which nothing else runs, and every second or third decision on a large station met one. So
what is there at the start is looked at no more, and what came since by a thread, now and then.
"""

import gc
import threading
import time

EVERY_S = 10.0
"""There are few cycles to find: most of what a decision makes goes when it is done."""


def settle() -> None:
    """Clean up once, then leave alone whatever is there: to be called when a unit has started."""
    gc.collect()
    gc.freeze()
    gc.disable()
    threading.Thread(target=_tidy, name="collector", daemon=True).start()


def _tidy() -> None:
    while True:
        time.sleep(EVERY_S)  # in a thread of its own: this is its pace
        gc.collect()
