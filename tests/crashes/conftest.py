"""Somebody who plays stories and dies in them, and a station to do it on."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crashes.stage import furnish, opened
from tests.crashes.stories import STORIES

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mortal:
    """A process that plays a story up to a point."""

    process: subprocess.Popen[str]

    def dies(self, scene: dict[str, str]) -> bool:
        """Play; True if the process died at the point, False if it never came there so often."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(scene) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        assert status in (0, 137), f"{scene}: ended with status {status}, see its traceback"
        return status == 137


@pytest.fixture(scope="session")
def mortal() -> Iterator[Mortal]:
    """The process that dies, again and again."""
    command = [sys.executable, "-m", "tests.crashes.child"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield Mortal(process)
        assert process.stdin
        process.stdin.close()


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Path:
    """The home of a furnished station on every kind of database."""
    with opened(tmp_path, database_url) as house:
        furnish(house)
    return tmp_path


def set_stage(home: Path, url: str, story: str) -> None:
    """Play everything that comes before a story."""
    with opened(home, url) as house:
        for act in STORIES[story].before:
            act(house)
