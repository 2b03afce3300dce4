"""Somebody who plays stories and dies in them, and a station to do it on."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.house import House
from tests.crashes.copies import EMPTY, FURNISHED, ClusterCopies, Copies, SqliteCopies
from tests.crashes.stage import furnish, open_stage
from tests.crashes.stories import STORIES
from tests.databases import Cluster

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Scene:
    """A station at the moment at which a story begins."""

    story: str
    home: Path
    url: str
    house: House


@dataclass(frozen=True)
class Mortal:
    """A process that plays a story up to a point."""

    process: subprocess.Popen[str]

    def dies(self, scene: Scene, point: str, times: int) -> bool:
        """Play; True if the process died at the point, False if it never came there so often."""
        assert self.process.stdin
        assert self.process.stdout
        told = {"story": scene.story, "point": point, "times": str(times)}
        told |= {"home": str(scene.home), "url": scene.url}
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        assert status in (0, 137), f"{told}: ended with status {status}, see its traceback"
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


@dataclass
class Stages:
    """One station a kind of database, set for each story once and then again by copying.

    It is one all the time, so that what SQLAlchemy learnt of our statements is kept.
    """

    copies: dict[str, Copies]
    houses: dict[str, House] = field(default_factory=dict)

    @contextmanager
    def scene(self, kind: str, story: str) -> Iterator[Scene]:
        """Give the station on a database of that kind, set for a story."""
        copies = self.copies[kind]
        try:
            if story not in copies.kept:
                self._set(copies, kind, story)
            copies.put(story)
            yield Scene(story, copies.home, copies.url, self._house(kind))
        finally:
            self._house(kind).database.dispose()

    def _set(self, copies: Copies, kind: str, story: str) -> None:
        if FURNISHED not in copies.kept:
            copies.put(EMPTY)
            furnish(self._house(kind))
            self._house(kind).database.dispose()
            copies.keep(FURNISHED)
        copies.put(FURNISHED)
        for act in STORIES[story].before:
            act(self._house(kind))
        self._house(kind).database.dispose()
        copies.keep(story)

    def _house(self, kind: str) -> House:
        if kind not in self.houses:
            self.houses[kind] = open_stage(self.copies[kind].home, self.copies[kind].url)
        return self.houses[kind]


@pytest.fixture(scope="session")
def stages(postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Stages:
    """The stations that stories begin on."""
    folder = tmp_path_factory.mktemp("stages")
    return Stages({"sqlite": SqliteCopies(folder), "postgresql": ClusterCopies(folder, postgresql)})
