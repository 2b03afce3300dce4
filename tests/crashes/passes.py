"""What a story does, step by step: the points it passes, and what it writes between them."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event

from hub import crashes
from hub.house import House

TABLES = frozenset(
    (
        *("leases", "lease_slots", "lease_places", "lease_servers"),
        *("ledger", "day_sums", "escrow", "meters", "fair_shares"),
        *("tickets", "ticket_servers"),
    )
)
"""The tables of leases, ledger and tickets."""

WRITE = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) (?P<table>\w+)")

BORDERS = ("write.begun", "write.before-commit", "write.after-commit")
"""The points at the borders of every transaction."""

Step = tuple[str, str]
"""("point", its name), ("write", the beginning of a statement), or ("by", a file and function)."""


@contextmanager
def watched(house: House) -> Iterator[list[Step]]:
    """Give a list that fills with everything that is passed and written meanwhile."""
    steps: list[Step] = []

    def watch(point: str) -> None:
        def note() -> None:
            steps.append(("point", point))
            if point == "write.begun":
                steps.append(("by", _use_case()))
            watch(point)

        crashes.arm(point, end=note)

    def written(_connection, cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        found = WRITE.match(statement)
        if found and found["table"] in TABLES and cursor.rowcount:
            steps.append(("write", found[0]))

    for point in crashes.NAMES:
        watch(point)
    event.listen(house.database.engine, "after_cursor_execute", written)
    try:
        yield steps
    finally:
        event.remove(house.database.engine, "after_cursor_execute", written)
        crashes.disarm()


def count_points(steps: list[Step]) -> Counter[str]:
    """Count how often each point was passed."""
    return Counter(name for kind, name in steps if kind == "point")


def _use_case() -> str:
    """Name the innermost of our functions that opened the transaction, with its file."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        file = Path(frame.f_code.co_filename)
        if file.parent.name == "hub" and file.name != "crashes.py":
            return f"{file.stem}.{frame.f_code.co_name}"
    return "somebody else"
