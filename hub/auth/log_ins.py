"""Check passwords: counted failures first, then hashing in threads, never on the event loop.

An unknown name, an account without a password and a wrong password take the same time and get
the same answer. Attempts on one account from one address are judged one after the other, so
that the count is exact however many arrive at once.
"""

import asyncio
import hashlib
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from weakref import WeakValueDictionary

from hub import passwords, people
from hub.errors import Refused
from hub.house import House
from hub.names import is_name
from hub.policy.people import Person
from hub.store import log_ins as rows
from hub.store.people import find_person, load_password_hash

ALLOWED_FAILURES = 5
DATABASE_THREADS = 4

T = TypeVar("T")


class TooManyFailures(Refused):
    """Too many wrong passwords for this account from your address."""

    def __init__(self, retry_after_s: int) -> None:
        minutes = math.ceil(retry_after_s / 60)
        super().__init__(
            "Too many wrong passwords for this account from your address. "
            f"Try again in {minutes} min."
        )
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Attempt:
    """One password typed for one account at one address."""

    name: str
    address: str
    password: str

    @property
    def account(self) -> str:
        """What failures are counted under; a text that can be nobody's name is not stored."""
        if is_name(self.name):
            return self.name
        return "?" + hashlib.sha256(self.name.encode("utf-8", "replace")).hexdigest()[:40]


@dataclass(frozen=True)
class _Standing:
    person: Person | None
    password_hash: str | None
    failures: int
    until: datetime | None


class LogIns:
    """The station's passwords, as one event loop asks for them."""

    def __init__(self, house: House, now: Callable[[], datetime]) -> None:
        self._house = house
        self._now = now
        self._hashing = passwords.HashingQueue(house.station.cores)
        self._threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="accounts")
        self._nobody = passwords.hash_password(passwords.make_one_time())
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def check(self, attempt: Attempt) -> Person | None:
        """Give the person whose password this is; None if it is wrong. Raises TooManyFailures."""
        turn = self._turns.setdefault((attempt.account, attempt.address), asyncio.Lock())
        async with turn:
            return await self._judge(attempt)

    async def find(self, name: str) -> Person | None:
        """Load a person by name; None if there is none."""
        return await self._in_thread(lambda: self._find(name))

    async def change(self, person: Person, password: str) -> None:
        """Replace a person's password by a lasting one; raises BadValue."""
        passwords.check_lasting(password)
        hashed = await self._hashing.run(lambda: passwords.hash_password(password))
        now = self._now()
        await self._in_thread(lambda: people.set_password(self._house, person.name, hashed, now))

    def close(self) -> None:
        """Let the threads end."""
        self._hashing.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _judge(self, attempt: Attempt) -> Person | None:
        now = self._now()
        standing = await self._in_thread(lambda: self._load(attempt, now))
        if standing.failures >= ALLOWED_FAILURES and standing.until is not None:
            raise TooManyFailures(max(1, math.ceil((standing.until - now).total_seconds())))
        password_hash = standing.password_hash or self._nobody
        right = await self._hashing.run(
            lambda: passwords.verify(password_hash, attempt.password),
            suspect=standing.failures > 0,
        )
        known = right and standing.person is not None and standing.password_hash is not None
        if not known:
            await self._in_thread(lambda: self._count(attempt))
            return None
        if standing.failures:
            await self._in_thread(lambda: self._clear(attempt))
        return standing.person

    def _load(self, attempt: Attempt, now: datetime) -> _Standing:
        with self._house.database.read() as db:
            failures, until = rows.load_failures(db, attempt.account, attempt.address, now)
            person = find_person(db, attempt.name)
            return _Standing(person, load_password_hash(db, attempt.name), failures, until)

    def _find(self, name: str) -> Person | None:
        with self._house.database.read() as db:
            return find_person(db, name)

    def _count(self, attempt: Attempt) -> None:
        with self._house.database.write() as db:
            rows.add_failure(db, attempt.account, attempt.address, self._now())

    def _clear(self, attempt: Attempt) -> None:
        with self._house.database.write() as db:
            rows.clear_failures(db, attempt.account, attempt.address)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
