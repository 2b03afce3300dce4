"""The outcomes of a decision, all of them values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from hub.policy.gpus import SlotRange
from hub.policy.reasons import Reason


@dataclass(frozen=True)
class Placement:
    """The node and slots chosen, and what they count (`weighed`, in plain whole GPUs)."""

    node: str
    slots: tuple[SlotRange, ...] = ()
    weighed: Fraction = Fraction(0)


@dataclass(frozen=True)
class Grant:
    """Yes: where, for how long, and on whose account."""

    placement: Placement
    duration: timedelta
    account: str


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


@dataclass(frozen=True)
class Denial:
    """No, with every reason that holds and what would pass instead (None: nothing would)."""

    reasons: tuple[Reason, ...]
    would_fit: WouldFit | None = None


Outcome = Grant | Wait | Denial
