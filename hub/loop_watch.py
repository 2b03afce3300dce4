"""Watch the hub's event loop: say when it stood still, for how long, and in whose code."""

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

BEAT_S = 0.02
TOO_LONG_S = 0.05
OURS = str(Path(__file__).resolve().parents[1])
THIRD_PARTY = ("site-packages", "dist-packages")
JUPYTERHUB = "/jupyterhub/"

Report = Callable[[int, bool, str], None]
"""Hears how many milliseconds the loop stood still, whether our code was running, and where."""


class LoopWatch:
    """One heartbeat on the loop, and a thread that looks at the loop's stack when it is late."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._last = time.monotonic()
        self._seen: tuple[bool, str] | None = None
        self._thread_id = 0

    def start(self) -> None:
        """Begin to watch the running loop, from its own thread."""
        self._thread_id = threading.get_ident()
        self._last = time.monotonic()
        asyncio.get_running_loop().call_later(BEAT_S, self._beat)
        threading.Thread(target=self._look, name="loop-watch", daemon=True).start()

    def _beat(self) -> None:
        now = time.monotonic()
        late = now - self._last - BEAT_S
        self._last = now
        seen, self._seen = self._seen, None
        if late > TOO_LONG_S:
            ours, where = seen or (False, "not seen")
            self._report(round(late * 1000), ours, where)
        asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _look(self) -> None:
        while True:
            time.sleep(BEAT_S)  # in a thread of its own: this is what samples the loop
            if time.monotonic() - self._last - BEAT_S > TOO_LONG_S and self._seen is None:
                frame = sys._current_frames().get(self._thread_id)
                if frame is not None:
                    self._seen = describe(frame)


def describe(frame: FrameType) -> tuple[bool, str]:
    """Say whose work a stack does, and name that frame.

    It is ours when our code stands further in than JupyterHub's: whatever we call is our doing,
    but what JupyterHub does after we called its own method is not.
    """
    stack = traceback.extract_stack(frame)
    for entry in reversed(stack):
        if _is_ours(entry.filename):
            return True, _named(entry)
        if JUPYTERHUB in entry.filename:
            return False, _named(entry)
    return False, _named(stack[-1])


def _named(entry: traceback.FrameSummary) -> str:
    return f"{entry.filename}:{entry.lineno} {entry.name}"


def _is_ours(filename: str) -> bool:
    return filename.startswith(OURS) and not any(part in filename for part in THIRD_PARTY)
