"""Claims of accounts on GPUs in future windows."""

from dataclasses import dataclass
from datetime import datetime

from hub.units import PARTS


@dataclass(frozen=True)
class Occurrence:
    """One window of a reservation: `parts` of GPU for an account from `since` until `until`."""

    reservation_id: int
    account: str
    parts: int
    since: datetime
    until: datetime

    @property
    def gpus(self) -> float:
        """What it claims, in plain whole GPUs."""
        return self.parts / PARTS


@dataclass(frozen=True)
class Reservation:
    """A claim as it was made: its first window, and the rule by which it recurs (None: once)."""

    id: int
    account: str
    parts: int
    starts_at: datetime
    ends_at: datetime
    rrule: str | None = None
    title: str = ""
    made_by: str = ""
