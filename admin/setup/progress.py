"""What `up` shows of its steps: a living line on a terminal, plain lines anywhere else."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TextIO

PAINT_EVERY_S = 0.25
WIDTH = 96
TITLE_WIDTH = 22


@dataclass
class Step:
    """One step in progress; `note` replaces what is shown beside its title."""

    title: str
    started: float = field(default_factory=time.monotonic)
    text: str = ""

    def note(self, text: str) -> None:
        """Say what the step is at, or in the end what came of it."""
        self.text = " ".join(text.split())

    @property
    def elapsed(self) -> str:
        seconds = time.monotonic() - self.started
        if seconds < 100:
            return f"{seconds:.1f} s"
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"

    def line(self) -> str:
        """Give the line as it stands: title, note, elapsed time."""
        shown = f"{self.title:<{TITLE_WIDTH}} {self.text}"
        return f"{shown[: WIDTH - 14]:<{WIDTH - 14}} {self.elapsed:>12}"


class Progress:
    """Shows steps one after another on one stream."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.living = self.stream.isatty()

    @contextmanager
    def step(self, title: str, *, slow: bool = False) -> Iterator[Step]:
        """Show a step while its body runs; a slow one is announced on plain streams as well."""
        step = Step(title)
        if slow and not self.living:
            self.say(f"{title} …")
        stop = Event()
        painter = Thread(target=self._paint, args=(step, stop), daemon=True)
        if self.living:
            painter.start()
        try:
            yield step
        finally:
            stop.set()
            if self.living:
                painter.join()
                self.stream.write("\r\x1b[K")
        self.say(step.line().rstrip())

    def say(self, line: str) -> None:
        """Print one lasting line."""
        self.stream.write(line + "\n")
        self.stream.flush()

    def _paint(self, step: Step, stop: Event) -> None:
        while not stop.wait(PAINT_EVERY_S):
            self.stream.write("\r\x1b[K" + step.line())
            self.stream.flush()
