"""Somebody who plays stories and dies in them, and a station to do it on."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.station import driver_url
from hub.store.database import sqlite_url
from tests.crashes.stage import furnish, opened
from tests.crashes.stories import STORIES
from tests.databases import Cluster, sqlite_database

SQLITE = Path("state", "db", "allotment.sqlite")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Scene:
    """A station at the moment at which a story begins."""

    story: str
    home: Path
    url: str


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
    """Stations set for stories, each set once and then copied."""

    request: pytest.FixtureRequest
    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def scene(self, kind: str, story: str, home: Path) -> Iterator[Scene]:
        """Give a station of its own, on a database of that kind, set for a story."""
        if kind == "sqlite":
            file = home / SQLITE
            file.parent.mkdir(parents=True)
            file.write_bytes(self._file(story))
            yield Scene(story, home, sqlite_url(str(file)))
            return
        cluster = self.request.getfixturevalue("postgresql")
        name = cluster.create(self._template(cluster, story))
        yield Scene(story, home, driver_url(cluster.url(name)))
        cluster.drop(name)

    def _file(self, story: str) -> bytes:
        if story not in self.files:
            home = self.folder / str(len(self.files))
            with sqlite_database(home) as url:
                set_stage(home, url, story)
            self.files[story] = (home / SQLITE).read_bytes()
        return self.files[story]

    def _template(self, cluster: Cluster, story: str) -> str:
        if story not in self.templates:
            name = cluster.create()
            set_stage(self.folder, driver_url(cluster.url(name)), story)
            self.templates[story] = name
        return self.templates[story]


@pytest.fixture(scope="session")
def stages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stages:
    """The stations that stories begin on."""
    return Stages(request, tmp_path_factory.mktemp("stages"))


def set_stage(home: Path, url: str, story: str) -> None:
    """Furnish a station and play everything that comes before a story."""
    with opened(home, url) as house:
        furnish(house)
        for act in STORIES[story].before:
            act(house)
