"""The outcomes of a decision, all of them values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from hub.policy.gpus import SlotRange
from hub.policy.reasons import Reason
from hub.units import from_parts


@dataclass(frozen=True)
class Placement:
    """The node and slots chosen, and what they count, in parts of a plain whole GPU."""

    node: str
    slots: tuple[SlotRange, ...] = ()
    parts: int = 0

    @property
    def weighed(self) -> Fraction:
        """What they count in plain whole GPUs."""
        return from_parts(self.parts)


@dataclass(frozen=True)
class Grant:
    """Yes: where, for how long, and on whose account."""

    placement: Placement
    duration: timedelta
    account: str
    loan: bool = False
    """Whether it is lent out of others' guarantees, to be given back on notice."""
    reservation_id: int | None = None


@dataclass(frozen=True)
class WouldFit:
    """The largest share and the longest time that would pass now."""

    gpus: Fraction
    duration: timedelta


@dataclass(frozen=True)
class Wait:
    """Not yet: when, at the earliest and at the latest, and why."""

    reasons: tuple[Reason, ...]
    earliest: datetime | None
    latest: datetime | None
    position: int = 0
    would_fit: WouldFit | None = None
    ticket_id: int | None = None
    """The ticket that keeps the place; None where nothing was opened."""


@dataclass(frozen=True)
class Denial:
    """No, with every reason that holds and what would pass instead (None: nothing would)."""

    reasons: tuple[Reason, ...]
    would_fit: WouldFit | None = None


Outcome = Grant | Wait | Denial
