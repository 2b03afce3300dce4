"""What a person waiting for their server is told, line by line, to any number of listeners."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any


class Progress:
    """Events of one start; whoever listens hears the ones before too. Belongs to one event loop."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._changed = asyncio.Event()
        self._done = False

    def tell(self, percent: int, code: str, message: str, **numbers: int | float | str) -> None:
        """Add a line; `code` is what pages translate by, `message` is it in English."""
        self._events.append(
            {"progress": percent, "code": code, "message": message, "numbers": numbers}
        )
        self._wake()

    def finish(self) -> None:
        """Say that nothing more will come."""
        self._done = True
        self._wake()

    async def listen(self) -> AsyncIterator[dict[str, Any]]:
        """Yield every line, waiting for the next until the start is over."""
        heard = 0
        while True:
            changed = self._changed
            while heard < len(self._events):
                yield dict(self._events[heard])
                heard += 1
            if self._done:
                return
            await changed.wait()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
