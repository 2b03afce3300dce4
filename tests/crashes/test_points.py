"""The points at which a process can be made to die are those in the code, and nothing else."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub import crashes
from hub.settings import load_variables

POINT = re.compile(r'crashes\.here\(\s*"([^"]*)"')


def points_in(folder: Path) -> list[str]:
    return [
        name
        for file in sorted(folder.rglob("*.py"))
        for name in POINT.findall(file.read_text(encoding="utf-8"))
    ]


def test_every_point_in_the_code_has_its_name_and_every_name_its_point(repository: Path) -> None:
    found = [name for part in ("hub", "spawner", "admin") for name in points_in(repository / part)]
    assert sorted(set(found)) == sorted(crashes.NAMES)
    assert len(set(crashes.NAMES)) == len(crashes.NAMES)


def test_nothing_happens_at_a_point_that_was_not_armed() -> None:
    for name in crashes.NAMES:
        crashes.here(name)


def test_a_point_nobody_knows_can_not_be_armed() -> None:
    with pytest.raises(ValueError, match="no crash point"):
        crashes.arm("lease.opend")


def test_a_process_dies_at_the_pass_that_its_environment_names(repository: Path) -> None:
    program = (
        "from hub import crashes\n"
        "crashes.here('lease.opened'); print('once', flush=True)\n"
        "crashes.here('lease.opened'); print('twice', flush=True)\n"
    )
    died = subprocess.run(
        [sys.executable, "-c", program],
        cwd=repository,
        env={**load_variables(), "ALLOTMENT_CRASH_AT": "lease.opened:2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (died.returncode, died.stdout) == (137, "once\n")
