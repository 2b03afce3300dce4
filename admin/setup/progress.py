"""What `up` shows of its steps: a living line on a terminal, plain lines anywhere else."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TextIO

PAINT_EVERY_S = 0.25
ANNOUNCE_AFTER_S = 2
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
    def step(self, title: str) -> Iterator[Step]:
        """Show a step while its body runs; plain streams hear of one that takes its time."""
        step = Step(title)
        stop = Event()
        show = self._paint if self.living else self._announce
        painter = Thread(target=show, args=(step, stop), daemon=True)
        painter.start()
        try:
            yield step
        finally:
            stop.set()
            painter.join()
            if self.living:
                self.stream.write("\r\x1b[K")
        self.say(step.line().rstrip())

    def say(self, line: str) -> None:
        """Print one lasting line."""
        self.stream.write(line + "\n")
        self.stream.flush()

    def _announce(self, step: Step, stop: Event) -> None:
        if not stop.wait(ANNOUNCE_AFTER_S):
            self.say(f"{step.title} …")

    def _paint(self, step: Step, stop: Event) -> None:
        while not stop.wait(PAINT_EVERY_S):
            self.stream.write("\r\x1b[K" + step.line())
            self.stream.flush()
