import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from admin.setup.images import ROOT
from hub.version import VERSION

LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[.*\])?==", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")


@pytest.fixture(scope="session")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(name: str) -> set[str]:
    return set(LOCKED.findall((ROOT / "requirements" / f"{name}.txt").read_text()))


def names(wanted: list[str]) -> set[str]:
    return {NAME.findall(entry)[0].lower() for entry in wanted}


def test_the_version_is_the_same_everywhere(project: dict[str, Any]) -> None:
    assert project["project"]["version"] == VERSION


def test_everything_that_is_declared_is_locked(project: dict[str, Any]) -> None:
    assert names(project["project"]["dependencies"]) <= locked("station")
    assert names(project["dependency-groups"]["dev"]) <= locked("dev")


def test_the_development_lock_holds_the_stations_version_for_version() -> None:
    station = (ROOT / "requirements/station.txt").read_text()
    dev = (ROOT / "requirements/dev.txt").read_text()
    pinned = set(re.findall(r"^[a-z0-9][^ ;\\]*==[^ ;\\]+", station, re.MULTILINE))
    assert pinned <= set(re.findall(r"^[a-z0-9][^ ;\\]*==[^ ;\\]+", dev, re.MULTILINE))


@pytest.mark.parametrize("lock", ["station", "dev"])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in block for block in blocks if LOCKED.match(block))


@pytest.mark.parametrize("package", ["torch", "rfc3987-syntax", "lark"])
def test_what_is_large_or_slow_is_in_no_lock(package: str) -> None:
    assert package not in locked("station") | locked("dev")


def test_the_command_parses_on_an_old_python() -> None:
    source = (ROOT / "allotment").read_text()
    compile(source, "allotment", "exec", dont_inherit=True)
    for newer in (":=", "match ", "f'", 'f"', "from __future__"):
        assert newer not in source


def test_the_command_needs_the_standard_library_alone() -> None:
    imported = re.findall(r"^(?:import|from) (\w+)", (ROOT / "allotment").read_text(), re.MULTILINE)
    assert set(imported) <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("words", "status"), [(["nonsense"], 2), (["up", "--nonsense"], 2), (["--help"], 0)]
)
def test_wrong_usage_ends_with_2(words: list[str], status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "admin", *words],
        cwd=Path("/"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == status
