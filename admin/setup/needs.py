"""What the tests need of a machine beyond Python, installed and started where it is missing."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from admin.setup import engine
from admin.setup.apt import ensure_packages
from admin.setup.engine import SYSTEMD, EngineFolders, ensure_engine, load_version
from admin.setup.failure import SetupFailed
from admin.setup.programs import Runner

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
POSTGRESQL = Path("/usr/lib/postgresql")
CREATE_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")
STOP_WITHIN_S = 60
TOOLS = {
    "gcc": "/usr/bin/gcc",
    "libc6-dev": "/usr/include/stdio.h",
    "iproute2": "/usr/sbin/ip",
    "iptables": "/usr/sbin/iptables",
    "util-linux": "/usr/bin/nsenter",
}
"""A package of Debian's with something that is there when it is installed."""


def ensure_tools(runner: Runner) -> None:
    """Make sure of what tests call: a C compiler, and what makes and looks at networks.

    The compiler is for a library that stands in for NVIDIA's.
    """
    missing = [package for package, path in TOOLS.items() if not _is_there(path)]
    if missing:
        ensure_packages(missing, runner)


def _is_there(path: str) -> bool:
    return Path(path).exists() or shutil.which(Path(path).name) is not None


def ensure_browser(runner: Runner) -> str:
    """Make sure that there is a Chromium with a font for both languages; gives its path."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        ensure_packages(["chromium", "fonts-wqy-microhei"], runner)
        found = shutil.which("chromium")
    if found is None:
        raise SetupFailed("chromium was installed and is not to be found")
    return found


def ensure_postgresql(runner: Runner, folder: Path = POSTGRESQL) -> Path:
    """Make sure that PostgreSQL's programs are there; gives their newest folder.

    Only the programs: what Debian would start by itself on port 5432 is not made.
    """
    found = find_postgresql(folder)
    if found is None:
        ensure_packages(["postgresql-common"], runner)
        forgo_main_cluster(CREATE_CLUSTER)
        ensure_packages(["postgresql"], runner)
        found = find_postgresql(folder)
    if found is None:
        raise SetupFailed("postgresql was installed and its programs are not to be found")
    return found


def find_postgresql(folder: Path = POSTGRESQL) -> Path | None:
    """Find the folder of the newest server's programs; None where there is none."""
    found = [programs.parent for programs in folder.glob("*/bin/initdb")]
    return max(found, key=lambda path: _number(path.parent.name), default=None)


def _number(version: str) -> int:
    return int(version) if version.isdigit() else 0


def forgo_main_cluster(settings: Path) -> None:
    """Tell Debian's package, before it is installed, to start no server of its own."""
    lines = settings.read_text().splitlines() if settings.exists() else []
    kept = [line for line in lines if not line.lstrip("# ").startswith("create_main_cluster")]
    settings.write_text("\n".join([*kept, "create_main_cluster = false", ""]))


@contextmanager
def lent_engine(runner: Runner) -> Iterator[str]:
    """Make sure that an engine answers; one that was started for this is stopped again."""
    folders = EngineFolders()
    was_there = load_version(folders.socket) is not None
    try:
        yield ensure_engine(folders, runner)
    finally:
        if not was_there and not SYSTEMD.exists():
            _stop()


def _stop() -> None:
    """End the engine that this process started, and wait until it is gone."""
    for process in engine.STARTED:
        process.terminate()
        process.wait(STOP_WITHIN_S)
