"""Passwords and the queue in which they are hashed."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher, profiles

from hub import passwords
from hub.errors import BadValue
from hub.passwords import HashingQueue


def test_the_cost_is_the_librarys_own() -> None:
    cost = PasswordHasher().check_needs_rehash(passwords.hash_password("whatever it is"))
    assert cost is False
    assert PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY).memory_cost == 65536


def test_a_password_is_its_own_and_no_other() -> None:
    hashed = passwords.hash_password("pass word")
    assert passwords.verify(hashed, "pass word") is True
    assert passwords.verify(hashed, "pass word ") is False
    assert passwords.verify("not a hash", "pass word") is False


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1025])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(BadValue):
        passwords.check_lasting(password)


@pytest.mark.parametrize("password", ["eight888", "密码密码密码密码", "x" * 1024])
def test_anything_from_eight_characters_will_do(password: str) -> None:
    passwords.check_lasting(password)


def test_one_time_passwords_differ() -> None:
    assert len({passwords.make_one_time() for _ in range(100)}) == 100


async def test_never_more_than_so_many_hash_at_once() -> None:
    queue = HashingQueue(2)
    lock = threading.Lock()
    both = threading.Barrier(2)
    inside: list[int] = []
    most = 0

    def work() -> None:
        nonlocal most
        with lock:
            inside.append(1)
            most = max(most, len(inside))
        both.wait(10)
        with lock:
            inside.pop()

    await asyncio.gather(*(queue.run(work) for _ in range(10)))
    queue.close()
    assert most == 2


async def test_suspects_wait_until_nobody_else_does() -> None:
    queue = HashingQueue(1)
    gate = threading.Event()
    order: list[str] = []
    first = asyncio.create_task(queue.run(gate.wait))
    await asyncio.sleep(0)
    rest = [
        asyncio.create_task(queue.run(lambda name=name: order.append(name), suspect=suspect))
        for name, suspect in (("s1", True), ("s2", True), ("a", False), ("b", False))
    ]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *rest)
    queue.close()
    assert order == ["a", "b", "s1", "s2"]


async def test_one_who_goes_away_while_waiting_blocks_nobody() -> None:
    queue = HashingQueue(1)
    gate = threading.Event()
    first = asyncio.create_task(queue.run(gate.wait))
    await asyncio.sleep(0)
    gone = asyncio.create_task(queue.run(lambda: "gone"))
    last = asyncio.create_task(queue.run(lambda: "last"))
    await asyncio.sleep(0)
    gone.cancel()
    gate.set()
    await first
    assert await asyncio.wait_for(last, 10) == "last"
    assert await asyncio.wait_for(queue.run(lambda: "next"), 10) == "next"
    queue.close()


async def test_one_who_goes_away_while_hashing_keeps_the_turn_until_it_is_done() -> None:
    queue = HashingQueue(1)
    gate = threading.Event()
    first = asyncio.create_task(queue.run(gate.wait))
    await asyncio.sleep(0)
    first.cancel()
    second = asyncio.create_task(queue.run(lambda: "second"))
    await asyncio.wait([second], timeout=0.05)
    assert not second.done()
    gate.set()
    assert await asyncio.wait_for(second, 10) == "second"
    queue.close()
