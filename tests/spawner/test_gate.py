"""The start gate: as many at once as it is wide, first come, first served, and nobody forgotten."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from spawner.gate import StartGate


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine, with a deadline."""
    asyncio.run(asyncio.wait_for(work, 10))


async def settle() -> None:
    """Let every task that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


def nobody(position: int) -> None:
    """Hear a position and do nothing."""


def test_only_as_many_as_it_is_wide_are_inside() -> None:
    async def scene() -> None:
        gate = StartGate(2)
        await gate.enter(1, nobody)
        await gate.enter(2, nobody)
        third = asyncio.ensure_future(gate.enter(3, nobody))
        await settle()
        assert not third.done()
        gate.leave(1)
        await third

    run(scene())


def test_they_go_in_in_the_order_they_came_and_hear_their_position() -> None:
    async def scene() -> None:
        gate, heard = StartGate(1), []
        await gate.enter("first", nobody)
        tasks = [
            asyncio.ensure_future(gate.enter(key, lambda p, key=key: heard.append((key, p))))  # type: ignore[misc]
            for key in ("a", "b")
        ]
        await settle()
        gate.leave("first")
        await settle()
        assert [task.done() for task in tasks] == [True, False]
        assert heard == [("a", 1), ("b", 2), ("b", 1)]
        gate.leave("a")
        await tasks[1]

    run(scene())


def test_who_gives_up_waiting_leaves_the_line() -> None:
    async def scene() -> None:
        gate = StartGate(1)
        await gate.enter(1, nobody)
        second = asyncio.ensure_future(gate.enter(2, nobody))
        third = asyncio.ensure_future(gate.enter(3, nobody))
        await settle()
        second.cancel()
        await settle()
        assert gate.position(3) == 1
        gate.leave(1)
        await third

    run(scene())


def test_leaving_twice_lets_nobody_extra_in() -> None:
    async def scene() -> None:
        gate = StartGate(1)
        await gate.enter(1, nobody)
        second = asyncio.ensure_future(gate.enter(2, nobody))
        third = asyncio.ensure_future(gate.enter(3, nobody))
        await settle()
        gate.leave(1)
        gate.leave(1)
        await settle()
        assert (second.done(), third.done()) == (True, False)
        third.cancel()

    run(scene())


def test_who_is_cancelled_just_when_let_in_does_not_keep_the_place() -> None:
    async def scene() -> None:
        gate = StartGate(1)
        await gate.enter(1, nobody)
        second = asyncio.ensure_future(gate.enter(2, nobody))
        await settle()
        gate.leave(1)
        second.cancel()
        await settle()
        await asyncio.wait_for(gate.enter(3, nobody), 1)

    run(scene())
