"""What was worked out of rows the last time, for as long as the rows say the same.

Saves work and decides nothing: whoever keeps something here compares it with the rows before it is
used again.
"""

from typing import Generic, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Connection, Engine

T = TypeVar("T")

_spoilt: WeakSet[Connection] = WeakSet()


class Memo(Generic[T]):
    """One thing a database, kept from transactions that wrote no new numbers."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Engine, T] = WeakKeyDictionary()

    def find(self, db: Connection) -> T | None:
        """Give what was kept last of this database."""
        return self._kept.get(db.engine)

    def keep(self, db: Connection, what: T) -> None:
        """Keep something of this database, unless the transaction it was read in is spoilt."""
        if db not in _spoilt:
            self._kept[db.engine] = what


def spoil(db: Connection) -> None:
    """Say that a transaction wrote a number which, were it rolled back, would be given again."""
    _spoilt.add(db)
