"""Only one steward acts at a time: a duty held in the database, renewed, and taken over late.

Between processes the wall clock of the database row decides; inside one process boot time does,
so that a holder which stood still too long knows by itself that it may no longer act.
"""

from datetime import timedelta
from threading import Lock

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub import clock_steps
from hub.clock_steps import Clocks
from hub.house import House
from hub.store import duties
from hub.store.duties import STEWARD

TERM = timedelta(seconds=12)
"""How long a steward may act without renewing; a killed one is replaced after at most this."""

MARGIN = timedelta(seconds=3)
"""A holder stops this much before its term ends, so that a successor never overlaps it."""

RENEW_EVERY = timedelta(seconds=2)

log = structlog.get_logger()


class Acting:
    """One process's claim to act; made once, asked from every duty's thread."""

    def __init__(self, house: House, holder: str, clocks: Clocks) -> None:
        self._house = house
        self._holder = holder
        self._clocks = clocks
        self._until = 0.0
        self._lock = Lock()

    def acts(self) -> bool:
        """Say whether this process may act just now."""
        return self._clocks()[1].seconds < self._until

    def renew(self) -> bool:
        """Take the duty or keep it; False while another holds it.

        A term that ended because the clock was set did not end: the clock is looked at first.
        """
        with self._lock:
            try:
                with self._house.database.write() as db:
                    now, boot = self._clocks()
                    clock_steps.settle(db, now, boot, self._house.zone)
                    held = duties.hold(db, STEWARD, self._holder, now, now + TERM)
            except SQLAlchemyError as error:
                log.warning("could not renew", problem=str(error).split("\n", 1)[0])
                return self.acts()
            if held != self.acts():
                log.info("acts now" if held else "another steward acts", holder=self._holder)
            self._until = boot.seconds + (TERM - MARGIN).total_seconds() if held else 0.0
            return held

    def let_go(self) -> None:
        """Stop acting and give the duty back, for a successor to take at once."""
        with self._lock:
            self._until = 0.0
            with self._house.database.write() as db:
                duties.let_go(db, STEWARD, self._holder)
