"""Stations of the tests' own, raised and lowered by the very command that people use."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.settings import load_variables

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = """\
# Written by a test; this comment stays.
[proxy]
host = "127.0.0.1"  # nothing here is to leave the machine
"""


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class RunningStation:
    """A station that is up, with what its first `up` said."""

    home: Path
    first: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.first["url"])

    @property
    def ca_file(self) -> str:
        return str(self.first["ca_file"])

    @property
    def root_password(self) -> str:
        """The one-time password of the administrator."""
        return str(self.first["admin"]["one_time_password"])

    def run(self, *words: str, text: str | None = None) -> Said:
        """Run one command of this station's, `text` on its standard input."""
        return run(self.home, words, text)


def run(home: Path, words: Sequence[str], text: str | None = None) -> Said:
    """Run the command `allotment` for a home."""
    variables = {**load_variables(), "ALLOTMENT_HOME": str(home)}
    done = subprocess.run(
        [str(ROOT / "allotment"), *words],
        input=text or "",
        capture_output=True,
        text=True,
        env=variables,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def free_port() -> int:
    """Give a port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_station(folder: Path, *, simulate: int = 0) -> Iterator[RunningStation]:
    """Raise a station of its own below a folder; lowered and removed at the end."""
    home = folder / "home"
    home.mkdir(parents=True)
    (home / "allotment.toml").write_text(SETTINGS)
    words = ["up", "--json", f"--simulate-gpus={simulate}", f"--https-port={free_port()}"]
    try:
        said = run(home, words)
        assert said.status == 0, said.err + said.out
        yield RunningStation(home, said.document)
    finally:
        run(home, ["down"])
        shutil.rmtree(home, ignore_errors=True)
