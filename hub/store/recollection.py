"""What the station's past teaches a forecast, remembered for some minutes: no request reads it."""

from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection

from hub.policy.floor import Floor
from hub.policy.forecast import Experience
from hub.store.history import load_experience

KEPT = timedelta(minutes=10)
"""So long what was read is as good as new."""


class Recollection:
    """The experience read last; one for each process, safe to share between threads."""

    def __init__(self) -> None:
        self._reading = Lock()
        self._read: tuple[datetime, Experience] | None = None

    def of(self, db: Connection, floor: Floor) -> Experience:
        """Give the experience for a floor; it is read anew when it is old or the clock was set.

        Only one reads at a time; whoever asks meanwhile gets the old one if there is any.
        """
        known = self._read
        if known is not None and known[0] <= floor.now < known[0] + KEPT:
            return known[1]
        if not self._reading.acquire(blocking=known is None):
            return known[1] if known is not None else Experience()
        try:
            if self._read is known:
                self._read = floor.now, load_experience(db, floor)
            return self._read[1] if self._read is not None else Experience()
        finally:
            self._reading.release()
