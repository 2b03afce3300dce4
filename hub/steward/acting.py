"""Only one steward acts at a time: a duty held in the database, renewed, and taken over late.

Between processes the wall clock of the database row decides; inside one process boot time does,
so that a holder which stood still too long knows by itself that it may no longer act.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub import clock_steps
from hub.clock import BootTime
from hub.house import House
from hub.store import duties

NAME = "steward"
TERM = timedelta(seconds=12)
"""How long a steward may act without renewing; a killed one is replaced after at most this."""

MARGIN = timedelta(seconds=3)
"""A holder stops this much before its term ends, so that a successor never overlaps it."""

RENEW_EVERY = timedelta(seconds=2)

log = structlog.get_logger()


class Acting:
    """One process's claim to act; made once, asked from every duty's thread."""

    def __init__(self, house: House, holder: str, boot: Callable[[], BootTime]) -> None:
        self._house = house
        self._holder = holder
        self._boot = boot
        self._until = 0.0
        self._lock = Lock()

    def acts(self) -> bool:
        """Say whether this process may act just now."""
        return self._boot().seconds < self._until

    def renew(self, now: datetime) -> bool:
        """Take the duty or keep it; False while another holds it.

        A term that ended because the clock was set did not end: the clock is looked at first.
        """
        with self._lock:
            asked = self._boot()
            try:
                with self._house.database.write() as db:
                    clock_steps.settle_in(db, now, asked, self._house.zone)
                    held = duties.hold(db, NAME, self._holder, now, now + TERM)
            except SQLAlchemyError as error:
                log.warning("could not renew", problem=str(error).split("\n", 1)[0])
                return self.acts()
            if held != self.acts():
                log.info("acts now" if held else "another steward acts", holder=self._holder)
            self._until = asked.seconds + (TERM - MARGIN).total_seconds() if held else 0.0
            return held

    def let_go(self) -> None:
        """Stop acting and give the duty back, for a successor to take at once."""
        with self._lock:
            self._until = 0.0
            with self._house.database.write() as db:
                duties.let_go(db, NAME, self._holder)
