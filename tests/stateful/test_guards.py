"""Every invariant fails when the guard that keeps it is removed: the machine notices."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hub.settings import load_variables
from tests.stateful.guards import GUARDS, Guard
from tests.stateful.witnesses import LIVES, live

PARTS = ("hub", "spawner", "admin", "tests")


@pytest.fixture
def copy(repository: Path, tmp_path: Path) -> Path:
    """A copy of the code that may be spoilt."""
    for part in PARTS:
        shutil.copytree(
            repository / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


@pytest.mark.parametrize("name", GUARDS)
def test_every_guard_stands_where_it_is_looked_for(name: str, repository: Path) -> None:
    for file, stands, instead in GUARDS[name].changes:
        assert (repository / file).read_text(encoding="utf-8").count(stands) == 1
        assert stands != instead


@pytest.mark.parametrize("name", LIVES)
def test_with_every_guard_nothing_goes_wrong(name: str) -> None:
    live(name)


def test_every_life_is_a_guards() -> None:
    assert {guard.life for guard in GUARDS.values()} == LIVES.keys()


@pytest.mark.long
@pytest.mark.parametrize("name", GUARDS)
def test_without_its_guard_an_invariant_is_broken(name: str, copy: Path) -> None:
    guard = GUARDS[name]
    remove(guard, copy)
    lived = subprocess.run(
        [sys.executable, "-m", "tests.stateful.witnesses", guard.life],
        cwd=copy,
        env={**load_variables(), "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert lived.returncode == 1, lived.stdout + lived.stderr
    assert re.search(guard.breaks, lived.stdout), lived.stdout


def remove(guard: Guard, folder: Path) -> None:
    """Take a guard out of a copy."""
    for file, stands, instead in guard.changes:
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace(stands, instead), encoding="utf-8")
