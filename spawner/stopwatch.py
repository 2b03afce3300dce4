"""Where the time of one start went."""

import time


class Stopwatch:
    """Laps of one start, in milliseconds of the monotonic clock."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._laps: dict[str, int] = {}

    def lap(self, name: str) -> None:
        """End a lap; the next begins now."""
        now = time.monotonic()
        self._laps[name] = self._laps.get(name, 0) + round((now - self._last) * 1000)
        self._last = now

    def __str__(self) -> str:
        laps = " ".join(f"{name} {spent} ms" for name, spent in self._laps.items())
        return f"{laps}, together {sum(self._laps.values())} ms"
