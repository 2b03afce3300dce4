"""What simulated GPUs say they do: a scenario file of utilisation over time; else nothing is known.

`state/run/agent/scenario.toml` of the station's folder, read again when it changes:

    begins = 2026-11-22T12:00:00Z   # without it: when the file was written
    repeat_s = 7200                 # without it: the last step stays

    [[gpu]]
    number = 0                      # the first simulated GPU; without it: all of them
    steps = [[0, 0], [600, 95, 4096], [3600, 0]]   # from second, percent[, MiB of memory]
"""

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.gpus.errors import BadScenario

STEP_SIZES = (2, 3)
MOST_PERCENT = 100


@dataclass(frozen=True)
class Step:
    """From this second on a GPU is so busy; None where its memory is not told."""

    second: float
    percent: int
    memory_mib: int | None = None


@dataclass(frozen=True)
class Scenario:
    """Steps by the number of a GPU; those of None are for every other one."""

    begins: datetime
    steps: dict[int | None, tuple[Step, ...]]
    repeat_s: float | None = None

    def at(self, number: int, now: datetime) -> Step | None:
        """Give what a GPU does at a moment; None before the scenario, or where it tells nothing."""
        second = (now - self.begins).total_seconds()
        if self.repeat_s is not None and second >= 0:
            second %= self.repeat_s
        steps = self.steps.get(number, self.steps.get(None, ()))
        begun = [step for step in steps if step.second <= second]
        return begun[-1] if begun else None


def load_scenario(path: Path) -> Scenario | None:
    """Read a scenario; None where there is no file. Raises BadScenario, naming what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise BadScenario(f"{path.name}: {error}") from None
    try:
        return _parse(tomllib.loads(text), written)
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise BadScenario(f"{path.name}: {error}") from None


def _parse(document: dict[str, Any], written: datetime) -> Scenario:
    _only(document, ("begins", "repeat_s", "gpu"), "the scenario")
    begins = document.get("begins", written)
    if not isinstance(begins, datetime) or begins.utcoffset() is None:
        raise ValueError("begins: must be a time with its offset")
    repeat_s = document.get("repeat_s")
    if repeat_s is not None and not (_is_number(repeat_s) and repeat_s > 0):
        raise ValueError("repeat_s: must be seconds")
    gpus = document.get("gpu", [])
    if not isinstance(gpus, list):
        raise ValueError("gpu: must be tables [[gpu]]")
    return Scenario(begins, dict(_parse_gpu(gpu) for gpu in gpus), repeat_s)


def _parse_gpu(gpu: Any) -> tuple[int | None, tuple[Step, ...]]:
    _only(gpu, ("number", "steps"), "gpu")
    number = gpu.get("number")
    if number is not None and (not _is_whole(number) or number < 0):
        raise ValueError("gpu.number: must be 0 or more")
    steps = gpu.get("steps")
    if not isinstance(steps, list):
        raise ValueError("gpu.steps: must be a list")
    parsed = tuple(_parse_step(step) for step in steps)
    if list(parsed) != sorted(parsed, key=lambda step: step.second):
        raise ValueError("gpu.steps: must rise in time")
    return number, parsed


def _parse_step(step: Any) -> Step:
    if not isinstance(step, list) or len(step) not in STEP_SIZES:
        raise ValueError("gpu.steps: each is [second, percent] or [second, percent, MiB]")
    second, percent, *memory = step
    if not _is_number(second) or second < 0:
        raise ValueError(f"gpu.steps: {second!r} is not a second")
    if not _is_whole(percent) or not 0 <= percent <= MOST_PERCENT:
        raise ValueError(f"gpu.steps: {percent!r} is not a percentage")
    if memory and (not _is_whole(memory[0]) or memory[0] < 0):
        raise ValueError(f"gpu.steps: {memory[0]!r} is not memory in MiB")
    return Step(float(second), percent, memory[0] if memory else None)


def _only(table: Any, names: tuple[str, ...], where: str) -> None:
    if not isinstance(table, dict):
        raise ValueError(f"{where}: must be a table")
    for name in table:
        if name not in names:
            raise ValueError(f"{where}: {name} is unknown")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or isinstance(value, float)
