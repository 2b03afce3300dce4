"""The start gate: first come, first served, so many containers between create and answering."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable


class StartGate:
    """Lets at most `width` through at once; belongs to one event loop.

    With two processors, starting more than two at once only makes everybody later.
    """

    def __init__(self, width: int) -> None:
        self._width = max(width, 1)
        self._inside: set[Hashable] = set()
        self._waiting: OrderedDict[Hashable, asyncio.Future[None]] = OrderedDict()
        self._told: dict[Hashable, Callable[[int], None]] = {}

    async def enter(self, key: Hashable, tell: Callable[[int], None]) -> None:
        """Wait for one's turn; `tell` hears one's position, 1 is next, each time it changes."""
        if len(self._inside) < self._width and not self._waiting:
            self._inside.add(key)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[key] = turn
        self._told[key] = tell
        tell(len(self._waiting))
        try:
            await turn
        except asyncio.CancelledError:
            self.leave(key)
            raise

    def leave(self, key: Hashable) -> None:
        """Make room; may be called at any time and any number of times."""
        self._inside.discard(key)
        turn = self._waiting.pop(key, None)
        self._told.pop(key, None)
        if turn is not None and not turn.done():
            turn.cancel()
        while self._waiting and len(self._inside) < self._width:
            next_key, next_turn = self._waiting.popitem(last=False)
            self._told.pop(next_key, None)
            if not next_turn.done():
                self._inside.add(next_key)
                next_turn.set_result(None)
        for position, waiting in enumerate(self._waiting, start=1):
            self._told[waiting](position)

    def position(self, key: Hashable) -> int:
        """Give one's place in the line, 1 is next; 0 for who is not waiting."""
        return list(self._waiting).index(key) + 1 if key in self._waiting else 0
