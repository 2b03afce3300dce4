"""The anteroom: a few starts are decided at a time, in the order they came, and none is held up."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from hub.anteroom import Anteroom


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine, with a deadline."""
    asyncio.run(asyncio.wait_for(work, 10))


async def settle() -> None:
    """Let every task that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_only_so_many_are_inside_and_the_next_is_who_came_next() -> None:
    async def scene() -> None:
        room = Anteroom(width=2)
        await room.enter("ann")
        await room.enter("bob")
        charlie = asyncio.ensure_future(room.enter("charlie"))
        tess = asyncio.ensure_future(room.enter("tess"))
        await settle()
        assert not charlie.done()
        room.leave("ann")
        room.leave("ann")
        await charlie
        await settle()
        assert not tess.done()
        room.leave("bob")
        await tess

    run(scene())


def test_who_comes_twice_has_one_place() -> None:
    async def scene() -> None:
        room = Anteroom(width=1)
        await room.enter("ann")
        await room.enter("ann")
        bob = [asyncio.ensure_future(room.enter("bob")) for _ in range(3)]
        charlie = asyncio.ensure_future(room.enter("charlie"))
        await settle()
        assert not any(one.done() for one in bob)
        room.leave("ann")
        await asyncio.gather(*bob)
        assert not charlie.done()
        room.leave("bob")
        await charlie

    run(scene())


def test_who_never_leaves_holds_nobody_up_for_long() -> None:
    async def scene() -> None:
        room = Anteroom(width=1, longest_s=0.01)
        await room.enter("ann")
        await room.enter("bob")

    run(scene())


def test_who_gave_up_waiting_holds_nobody_up_for_long() -> None:
    async def scene() -> None:
        room = Anteroom(width=1, longest_s=0.01)
        await room.enter("ann")
        bob = asyncio.ensure_future(room.enter("bob"))
        charlie = asyncio.ensure_future(room.enter("charlie"))
        await settle()
        bob.cancel()
        await charlie

    run(scene())
