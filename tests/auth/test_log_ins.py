"""Checking passwords: how failures are counted, whatever arrives at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub import people
from hub.auth.log_ins import Attempt, LogIns, TooManyFailures
from hub.house import House
from hub.policy.people import Person
from tests.auth.conftest import PASSWORD
from tests.houses import found_station

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESS = "192.0.2.1"


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    time: datetime = field(default=NOON)

    def now(self) -> datetime:
        """Give the time."""
        return self.time


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A station with ann."""
    made = found_station(tmp_path)
    people.add_person(made, "ann", password=PASSWORD, actor="test", now=NOON)
    return made


@pytest.fixture
def time() -> Clock:
    """The clock of the log-ins."""
    return Clock()


@pytest.fixture
async def log_ins(house: House, time: Clock) -> AsyncIterator[LogIns]:
    """The log-ins of that station."""
    made = LogIns(house, time.now)
    yield made
    made.close()
    house.database.dispose()


async def outcomes(log_ins: LogIns, name: str, password: str, count: int) -> list[object]:
    """Try as often as that at the same moment."""
    attempts = [log_ins.check(Attempt(name, ADDRESS, password)) for _ in range(count)]
    return list(await asyncio.gather(*attempts, return_exceptions=True))


@pytest.mark.parametrize("name", ["ann", "ghost", "../x"])
async def test_of_twenty_wrong_ones_at_once_five_are_hashed(log_ins: LogIns, name: str) -> None:
    found = await outcomes(log_ins, name, "wrong one", 20)
    assert found.count(None) == 5
    assert sum(isinstance(one, TooManyFailures) for one in found) == 15


async def test_of_eight_right_ones_at_once_all_pass(log_ins: LogIns) -> None:
    found = await outcomes(log_ins, "ann", PASSWORD, 8)
    assert all(isinstance(one, Person) for one in found)


async def test_after_fifteen_minutes_one_may_try_again(log_ins: LogIns, time: Clock) -> None:
    await outcomes(log_ins, "ann", "wrong one", 6)
    time.time = NOON + timedelta(minutes=10)
    with pytest.raises(TooManyFailures) as refusal:
        await log_ins.check(Attempt("ann", ADDRESS, PASSWORD))
    assert refusal.value.retry_after_s == 300
    time.time = NOON + timedelta(minutes=15)
    assert await log_ins.check(Attempt("ann", ADDRESS, PASSWORD)) is not None


async def test_failures_outlive_the_hub(log_ins: LogIns, house: House, time: Clock) -> None:
    await outcomes(log_ins, "ann", "wrong one", 5)
    reborn = LogIns(house, time.now)
    with pytest.raises(TooManyFailures):
        await reborn.check(Attempt("ann", ADDRESS, PASSWORD))
    reborn.close()


async def test_whoever_has_no_password_here_cannot_log_in(log_ins: LogIns, house: House) -> None:
    with house.database.write() as db:
        db.exec_driver_sql("UPDATE people SET password_hash = NULL")
    assert await log_ins.check(Attempt("ann", ADDRESS, "")) is None


def test_a_text_that_can_be_nobodys_name_is_counted_without_being_stored() -> None:
    attempt = Attempt("x" * 300, ADDRESS, "")
    assert attempt.account.startswith("?")
    assert len(attempt.account) <= 64
    assert Attempt("ann", ADDRESS, "").account == "ann"
