"""A PostgreSQL server of one's own in a folder, from Debian's programs; gone afterwards.

Benches and tests run on it. It is nobody's station: what it holds is made up.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from admin.bench.visitor import BenchFailed

OWNER = "postgres"
"""The server refuses to run as root, so Debian's own user runs it where we are root."""

ROLE = "allotment"
START_WITHIN_S = 60


@dataclass(frozen=True)
class Server:
    """A server behind a socket in its folder; with a port and a password, over TCP as well."""

    programs: Path
    folder: Path
    options: str = ""
    port: int = 0
    password: str = ""

    def url(self, name: str = "postgres") -> str:
        """Give the address of one of its databases, as allotment.toml has it."""
        if self.port:
            return (
                f"postgresql://{ROLE}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/{name}"
            )
        return f"postgresql://{ROLE}@/{name}?host={self.folder}"

    def make(self) -> None:
        """Make its files."""
        words: list[str | Path] = [
            self.programs / "initdb",
            "-D",
            self.folder / "data",
            "-U",
            ROLE,
            "--no-sync",
        ]
        words += ["--encoding=UTF8", "--locale=C.UTF-8", "--auth-local=trust"]
        if self.password:
            secret = self.folder / "password"
            secret.write_text(self.password)
            words += ["--auth-host=scram-sha-256", f"--pwfile={secret}"]
        self._run(words)

    def begin(self) -> None:
        """Start it, and wait until it answers; after `halt` it recovers what was committed."""
        listen = f"-c port={self.port}" if self.port else "-c listen_addresses=''"
        options = f"{listen} -c unix_socket_directories='{self.folder}' {self.options}"
        self._run([*self._control(), "-t", str(START_WITHIN_S), "-o", options, "start"])

    def halt(self) -> None:
        """End it as a power cut of its own would: at once, with nothing tidied up."""
        self._run([*self._control(), "-m", "immediate", "stop"])

    def _control(self) -> list[str | Path]:
        data, log = self.folder / "data", self.folder / "log"
        return [self.programs / "pg_ctl", "-D", data, "-l", log, "-w"]

    def _run(self, words: list[str | Path]) -> None:
        """Run one of its programs as its user, output in a file of the folder."""
        user = _owner()
        log = self.folder / "programs.log"
        with log.open("ab") as out:
            done = subprocess.run(
                [str(word) for word in words],
                cwd=self.folder,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                stdout=out,
                stderr=out,
                check=False,
            )
        if done.returncode:
            raise BenchFailed(log.read_text(errors="replace")[-2000:])


@contextmanager
def server(
    programs: Path, options: str = "", *, port: int = 0, password: str = ""
) -> Iterator[Server]:
    """Run a server; `programs` is the folder of its programs, `options` are its own `-c` ones."""
    folder = Path(tempfile.mkdtemp(prefix="allotment-pg-"))
    user = _owner()
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    made = Server(programs, folder, options, port, password)
    try:
        made.make()
        made.begin()
        yield made
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            made.halt()
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> str | None:
    return OWNER if os.geteuid() == 0 else None
