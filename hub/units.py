"""Quantities and their units: GPU shares, sizes and durations, parsed and printed exactly."""

from datetime import timedelta
from fractions import Fraction

MIB = 1024 * 1024
MILLI = 1000
WHOLE_WEIGHT = 100
"""A weight is an integer in hundredths: 100 is 1.00, a slice of a seventh of the memory is 14."""

PARTS = 400
"""Amounts of GPU are whole parts: 400 are one plain whole GPU.

Exact for every GPU of 1, 2 or 4 slots whose weight is in hundredths.
"""


def to_parts(gpus: Fraction) -> int:
    """Give an amount of GPU in whole parts, rounded up: what is asked for never counts less."""
    return -int(-gpus * PARTS // 1)


def from_parts(parts: int) -> Fraction:
    """Give an amount of GPU in plain whole GPUs."""
    return Fraction(parts, PARTS)


def share_text(share: Fraction) -> str:
    """Print a GPU share or another quota value as people write it: 0.5, 1, 2."""
    if share.denominator == 1:
        return str(share.numerator)
    return f"{float(share):.3f}".rstrip("0").rstrip(".")


def share_number(share: Fraction) -> int | float:
    """Give a share as the JSON number people expect: 1, not 1.0."""
    return share.numerator if share.denominator == 1 else round(float(share), 3)


def to_milli(value: Fraction) -> int:
    """Turn a value into whole thousandths, the unit in which ceilings are stored.

    Raises ValueError when the value has a finer part.
    """
    milli = value * MILLI
    if milli.denominator != 1:
        raise ValueError("at most three decimals; the least is 0.001")
    return milli.numerator


def from_milli(milli: int) -> Fraction:
    """Turn stored thousandths back into the exact value."""
    return Fraction(milli, MILLI)


def to_ms(duration: timedelta) -> int:
    """Give a duration in whole milliseconds, rounded down."""
    return duration // timedelta(milliseconds=1)


def hours(value: Fraction | int | float) -> timedelta:
    """Give that many hours as a duration."""
    return timedelta(hours=float(value))


def hours_of(duration: timedelta) -> Fraction:
    """Give a duration as an exact number of hours."""
    return Fraction(duration // timedelta(microseconds=1), 3_600_000_000)
