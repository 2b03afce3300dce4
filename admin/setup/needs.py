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
STOP_WITHIN_S = 60


def ensure_compiler(runner: Runner) -> None:
    """Make sure that C can be compiled: the tests build a library that stands in for NVIDIA's."""
    if shutil.which("gcc") is None or not Path("/usr/include/stdio.h").exists():
        ensure_packages(["gcc", "libc6-dev"], runner)


def ensure_browser(runner: Runner) -> str:
    """Make sure that there is a Chromium with a font for both languages; gives its path."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        ensure_packages(["chromium", "fonts-wqy-microhei"], runner)
        found = shutil.which("chromium")
    if found is None:
        raise SetupFailed("chromium was installed and is not to be found")
    return found


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
