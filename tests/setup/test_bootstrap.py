"""The command at the root, before there is anything but the standard library."""

import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from admin.setup.images import ROOT


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of its own, whose locks name nothing."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "requirements").mkdir()
    for lock in ("station", "dev"):
        (folder / "requirements" / f"{lock}.txt").write_text(f"# {lock}\n")
    return folder


@pytest.fixture(scope="module")
def bootstrap(root: Path) -> ModuleType:
    """The command as a module, at that repository."""
    loader = SourceFileLoader("bootstrap", str(ROOT / "allotment"))
    spec = spec_from_loader("bootstrap", loader)
    assert spec is not None
    module = module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    module.ROOT, module.ENVIRONMENT = str(root), str(root / ".venv")
    return module


@pytest.fixture(scope="module")
def made(bootstrap: ModuleType) -> ModuleType:
    """With an environment that both locks were installed into."""
    bootstrap.ensure_environment("dev")
    return bootstrap


def marked(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (root / ".venv").glob("*.sha256")}


def test_an_environment_is_made_that_finds_this_repository(made: ModuleType, root: Path) -> None:
    python = root / ".venv" / "bin" / "python"
    words = [python, "-P", "-c", "import sys; print(sys.path)"]
    said = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, cwd="/").stdout
    assert str(root) in said


def test_the_development_environment_serves_the_station_as_well(
    made: ModuleType, root: Path
) -> None:
    assert set(marked(root)) == {"station.sha256", "dev.sha256"}


def test_an_unchanged_lock_installs_nothing(
    made: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "call", lambda *_, **__: pytest.fail("something was run"))
    made.ensure_environment("station")
    made.ensure_environment("dev")


def test_a_changed_lock_is_installed(made: ModuleType, root: Path) -> None:
    before = marked(root)["station.sha256"]
    (root / "requirements" / "station.txt").write_text("# changed\n")
    made.ensure_environment("station")
    assert marked(root)["station.sha256"] != before
    (root / "requirements" / "station.txt").write_text("# station\n")
    made.ensure_environment("station")
    assert marked(root)["station.sha256"] == before


@pytest.mark.long
def test_an_environment_without_its_python_is_made_anew(made: ModuleType, root: Path) -> None:
    python = root / ".venv" / "bin" / "python"
    python.unlink()
    made.ensure_environment("dev")
    assert python.exists()


def test_a_package_without_its_hash_is_one_line_and_leaves_no_mark(
    made: ModuleType,
    root: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = marked(root)
    (root / "requirements" / "station.txt").write_text("typer==0.29.2\n")
    with pytest.raises(SystemExit) as ended:
        made.ensure_environment("station")
    (root / "requirements" / "station.txt").write_text("# station\n")
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert ended.value.code == 1
    assert last.startswith("allotment: could not install the packages")
    assert "hash" in last
    assert marked(root) == before


def test_an_old_python_is_one_line_that_says_what_to_do(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        bootstrap.use_new_python()
    assert ended.value.code == 1
    assert "Python 3.11 or later is needed" in capsys.readouterr().err


def test_a_newer_python_on_the_path_takes_over(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "execv", lambda path, _: taken.append(path))
    with pytest.raises(SystemExit):  # a real execv does not come back
        bootstrap.use_new_python()
    assert taken[0] == "/usr/bin/python3.14"
