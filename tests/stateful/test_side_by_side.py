"""A hub and a steward at work at once on one database leave it whole."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from hub import clock
from tests.crashes.stage import furnish, open_stage
from tests.invariants import broken

UNITS = ("hub", "hub", "steward", "steward")
"""Two of each: of a second by mistake is said that it does no harm."""


def test_units_side_by_side_break_nothing(
    database_url: str, tmp_path: Path, repository: Path
) -> None:
    side_by_side(database_url, tmp_path, repository, steps=25)


@pytest.mark.long
def test_units_side_by_side_for_long_break_nothing(
    database_url: str, tmp_path: Path, repository: Path
) -> None:
    side_by_side(database_url, tmp_path, repository, steps=600)


def side_by_side(url: str, home: Path, repository: Path, steps: int) -> None:
    """Let the units work, and look at what they leave."""
    house = open_stage(home, url)
    furnish(house)
    begun = clock.boot().seconds
    units = [
        begin(name, [str(home), url, str(steps), str(begun), str(seed)], repository)
        for seed, name in enumerate(UNITS)
    ]
    told = [unit.communicate() for unit in units]
    wrong = [err[-2000:] for unit, (_, err) in zip(units, told, strict=True) if unit.returncode]
    assert not wrong, "\n".join(wrong)
    done = sum((Counter(ast.literal_eval(out.splitlines()[-1])) for out, _ in told), Counter())
    for thing in ("ask: Lease", "ask: Wait", "answer", "stop", "tick", "dispatch"):
        assert done[thing] > 0, done
    with house.database.read() as db:
        assert broken(db) == []
    house.database.dispose()


def begin(name: str, told: list[str], repository: Path) -> "subprocess.Popen[str]":
    """Start one unit."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.stateful.unit", name, *told],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
