"""A PostgreSQL server of a bench's own in a folder, from Debian's programs; gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from admin.bench.visitor import BenchFailed

PROGRAMS = Path("/usr/lib/postgresql")
OWNER = "postgres"
"""The server refuses to run as root; Debian's own user runs it then."""


def find_programs() -> Path | None:
    """Find the folder of the newest server's programs; None where there is none."""
    found = [path.parent for path in PROGRAMS.glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """Run a server; gives SQLAlchemy's address of its one database."""
    folder = Path(tempfile.mkdtemp(prefix="allotment-bench-pg-"))
    user = OWNER if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data = folder / "data"
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}'"
    control = [str(programs / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-w"]
    made = [str(programs / "initdb"), "-D", str(data), "-U", "bench", "--auth=trust"]
    try:
        _run([*made, "--encoding=UTF8", "--locale=C.UTF-8"], folder, user)
        _run([*control, "-o", options, "start"], folder, user)
        try:
            yield f"postgresql+psycopg://bench@/postgres?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"], folder, user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(words: list[str], folder: Path, user: str | None) -> None:
    with (folder / "programs.log").open("ab") as log:
        done = subprocess.run(
            words,
            cwd=folder,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            stdout=log,
            stderr=log,
            check=False,
        )
    if done.returncode:
        raise BenchFailed((folder / "programs.log").read_text(errors="replace")[-300:])
