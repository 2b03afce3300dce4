"""A GPU as policy sees it: equal slots, a kind, a weight, and what is taken of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from hub.units import PARTS, WHOLE_WEIGHT

Health = Literal["ok", "fault", "unknown"]
Isolation = Literal["hard", "firm", "soft"]
STRENGTH: Mapping[Isolation, int] = {"soft": 0, "firm": 1, "hard": 2}


@dataclass(frozen=True)
class Gpu:
    """One GPU or MIG slice; `weight` is in hundredths of a plain whole GPU."""

    uuid: str
    name: str
    node: str
    kind: str
    memory_mib: int
    slots: int
    weight: int = WHOLE_WEIGHT
    health: Health = "ok"
    isolation: Isolation = "soft"
    simulated: bool = False
    sliced: bool = False
    fault: str | None = None

    def slots_for(self, share: Fraction) -> int | None:
        """Say how many of its slots a share of at most one takes; None if no whole number."""
        wanted = share * self.slots
        return wanted.numerator if wanted.denominator == 1 else None

    def parts(self, slots: int) -> int:
        """Say what that many slots count against quotas and in the ledger, in parts of a GPU."""
        return slots * self.weight * PARTS // (self.slots * WHOLE_WEIGHT)


@dataclass(frozen=True)
class TakenSlot:
    """A slot under lease: until when it is promised (None: not known), and to whom."""

    gpu_uuid: str
    slot: int
    until: datetime | None
    lease_id: int = 0
    person_id: int = 0
    account: str = "site"
    loan: bool = False


@dataclass(frozen=True)
class SlotRange:
    """The slots of one GPU that one lease takes."""

    gpu_uuid: str
    slots: tuple[int, ...]
