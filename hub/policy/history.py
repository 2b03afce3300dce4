"""What was asked in the past: a request as it was made, and how long its lease ran."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction


@dataclass(frozen=True)
class PastRequest:
    """One request that got a lease or still waits; `ran` is None while nobody knows."""

    name: str
    person_id: int
    user: str
    account: str
    profile: str
    gpus: Fraction
    asked_at: datetime
    duration: timedelta
    ran: timedelta | None = None
