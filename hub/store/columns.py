"""Column types that keep units exact on SQLite and PostgreSQL alike."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A key that counts up; SQLite only counts INTEGER keys by itself."""


class Instant(TypeDecorator[datetime]):
    """An aware time, stored as microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a time without a zone, by name."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        return (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the time back in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Span(TypeDecorator[timedelta]):
    """A duration, stored as whole milliseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> Any:
        """Store whole milliseconds."""
        return None if value is None else value // timedelta(milliseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> timedelta | None:
        """Give the duration back."""
        return None if value is None else timedelta(milliseconds=value)


class Exact(TypeDecorator[Fraction]):
    """An exact number, stored as "numerator/denominator"."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> Any:
        """Store the fraction as text."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Fraction | None:
        """Give the fraction back."""
        return None if value is None else _fraction(value)


@lru_cache(maxsize=4096)
def _fraction(text: str) -> Fraction:
    """Read a fraction; there are few different ones, and reading one is slow."""
    return Fraction(text)


def instant(microseconds: int) -> datetime:
    """Give the time that so many microseconds since 1970 are."""
    return EPOCH + microseconds * MICROSECOND
