"""Where starts wait to be decided, before JupyterHub begins to count the second it answers within.

JupyterHub answers a start that was not decided within its `slow_spawn_timeout` with 202, whatever
is decided later. Were a whole class decided together, most would be told so that a server is
coming which is not. A few at a time are each decided within that second.
"""

import asyncio
from collections.abc import Hashable

WIDTH = 4
LONGEST_S = 2.0
"""After so long somebody is let in for one inside: whoever left by another door holds up nobody."""


class Anteroom:
    """Lets a few in at a time, first come, first served; belongs to one event loop.

    Who comes twice has one place: whatever they ask for at once goes in together.
    """

    def __init__(self, width: int = WIDTH, longest_s: float = LONGEST_S) -> None:
        self._width, self._longest_s = width, longest_s
        self._inside: dict[Hashable, asyncio.TimerHandle] = {}
        self._waiting: dict[Hashable, asyncio.Future[None]] = {}

    async def enter(self, key: Hashable) -> None:
        """Wait for one's turn; who is inside already stays there."""
        if key in self._inside:
            return
        if key not in self._waiting and len(self._inside) < self._width:
            self._let_in(key)
            return
        if key not in self._waiting:
            self._waiting[key] = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._waiting[key])

    def leave(self, key: Hashable) -> None:
        """Make room for the next; may be called at any time and any number of times."""
        timer = self._inside.pop(key, None)
        if timer is not None:
            timer.cancel()
        while self._waiting and len(self._inside) < self._width:
            following = next(iter(self._waiting))
            self._let_in(following)
            self._waiting.pop(following).set_result(None)

    def _let_in(self, key: Hashable) -> None:
        loop = asyncio.get_running_loop()
        self._inside[key] = loop.call_later(self._longest_s, self.leave, key)
