"""Passwords: argon2id at the library's own cost, and never many at once.

Hashing takes a tenth of a second of a core and 64 MiB: nothing here may run on an event loop.
"""

import asyncio
import heapq
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import BadValue

SHORTEST = 8
LONGEST = 1024
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which are read for one another."""

NICENESS = 10

HASHER = PasswordHasher()

T = TypeVar("T")


def hash_password(password: str) -> str:
    """Hash a password."""
    return HASHER.hash(password)


def verify(password_hash: str, password: str) -> bool:
    """Say whether a password is the one that was hashed."""
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def check_lasting(password: str) -> None:
    """Refuse what can't be a lasting password; raises BadValue."""
    if len(password) < SHORTEST:
        raise BadValue(f"a password has at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise BadValue(f"a password has at most {LONGEST} characters")


def make_one_time() -> str:
    """Make a password to be read out once and changed: four groups of four, 79 bits of chance."""
    groups = ("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _step_back() -> None:
    """Let the event loop have the processor first; argon2's own threads inherit this."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class HashingQueue:
    """Runs hashing off one event loop, at most `at_once`; suspects wait until nobody else does."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._threads = ThreadPoolExecutor(at_once, "hashing", initializer=_step_back)
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._arrivals = 0

    async def run(self, work: Callable[[], T], *, suspect: bool = False) -> T:
        """Run one piece of hashing when its turn comes."""
        await self._take_turn(suspect)
        loop = asyncio.get_running_loop()
        running = self._threads.submit(work)
        # The turn ends with the thread's work, also when whoever waits for it has gone.
        running.add_done_callback(lambda _: loop.call_soon_threadsafe(self._pass_on))
        return await asyncio.wrap_future(running)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _take_turn(self, suspect: bool) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(self._waiting, (suspect, self._arrivals, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
