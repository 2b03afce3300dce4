"""Claims of accounts on GPUs in future windows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.units import PARTS

MADE_AHEAD = timedelta(days=60)
"""How far ahead the windows of a reservation are made."""

LENT_AHEAD = timedelta(days=59)
"""How far ahead a lease may end: every window to there is made, a day's delay left."""


@dataclass(frozen=True)
class Occurrence:
    """One window of a reservation: `parts` of GPU for an account from `since` until `until`."""

    reservation_id: int
    account: str
    parts: int
    since: datetime
    until: datetime

    def on(self, moment: datetime) -> bool:
        """Say whether a moment lies in it."""
        return self.since <= moment < self.until

    @property
    def gpus(self) -> float:
        """What it claims, in plain whole GPUs."""
        return self.parts / PARTS


@dataclass(frozen=True)
class Series:
    """The windows of a reservation as people mean them: wall time of a zone, and how it recurs.

    `since` and `until` are the first window's, without an offset; `rrule` is None for one that
    happens once; `excluded` are the beginnings at which it does not happen.
    """

    since: datetime
    until: datetime
    zone: str
    rrule: str | None = None
    excluded: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Reservation:
    """A claim as it was made."""

    id: int
    account: str
    parts: int
    series: Series
    title: str = ""
    made_by: str = ""
