"""Whether somebody set the wall clock: wall time less boot time, then and now."""

from dataclasses import dataclass
from datetime import timedelta

LEAST_STEP = timedelta(seconds=30)
"""A difference up to this is a clock that is kept right little by little, and moves nothing."""

WORTH_STORING = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Seen:
    """A machine's wall time less its boot time, in milliseconds, and which boot it was."""

    boot_id: str
    offset_ms: int


def step_between(before: Seen | None, after: Seen) -> timedelta | None:
    """Give the step of the wall clock between two looks; None where there was none.

    Of another boot nothing is known: how long the machine was off is no step.
    """
    if before is None or before.boot_id != after.boot_id:
        return None
    step = (after.offset_ms - before.offset_ms) * MILLISECOND
    return step if abs(step) > LEAST_STEP else None


def worth_storing(before: Seen | None, after: Seen) -> bool:
    """Say whether what is stored of the clock is to be replaced."""
    if before is None or before.boot_id != after.boot_id:
        return True
    return abs(after.offset_ms - before.offset_ms) * MILLISECOND >= WORTH_STORING
