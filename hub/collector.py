"""Python's garbage collector, told that what a unit has loaded by now stays.

A full collection looks at every object there is: in a unit with its libraries loaded that is some
70 ms in which nothing else runs, and every second or third decision on a large station met one.
What is frozen is not looked at; of the rest there is little.
"""

import gc

YOUNG = 10_000
"""How many new objects bring about a look at the new ones; Python's own 700 looks all the time."""


def settle() -> None:
    """Clean up once, then leave alone whatever is there: to be called when a unit has started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
