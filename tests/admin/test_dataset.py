"""`./allotment dataset` as people and other tools meet it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admin.main import run
from tests.datasets.conftest import PLANT_VILLAGE, make_tree
from tests.houses import found_station

Told = tuple[int, Any, str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Found a station with something in incoming/."""
    home = tmp_path / "home"
    found_station(home).database.dispose()
    make_tree(home / "incoming" / "leaves")
    (home / "datasets").mkdir()
    monkeypatch.setenv("ALLOTMENT_HOME", str(home))
    return home


@pytest.fixture
def tell(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run a command with --json; gives status, document and what people see meanwhile."""

    def tell(*words: str) -> Told:
        status = run([*words, "--json"])
        said = capsys.readouterr()
        return status, json.loads(said.out), said.err

    return tell


def test_adding_tells_what_is_in(home: Path, tell: Callable[..., Told]) -> None:
    (home / "incoming/leaves/LICENSE").write_text("CC0-1.0\n")
    source = str(home / "incoming/leaves")
    status, document, _ = tell("dataset", "add", "leaves", "1", source, "--group", "everyone")
    assert status == 0
    assert len(document.pop("manifest_sha256")) == 64
    assert document.pop("added_at").endswith("+00:00")
    assert document == {
        "name": "leaves",
        "version": "1",
        "kind": "raw",
        "files": len(PLANT_VILLAGE) + 1,
        "size_bytes": sum(map(len, PLANT_VILLAGE.values())) + 8,
        "readers": ["everyone"],
        "mounted": True,
        "licence": "CC0-1.0",
        "citation": None,
    }


def test_a_path_may_be_relative(
    home: Path, tell: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home / "incoming")
    assert tell("dataset", "add", "leaves", "1", "leaves")[0] == 0


def test_the_list_says_which_version_is_mounted(home: Path, tell: Callable[..., Told]) -> None:
    for version in ("10", "9"):
        tell("dataset", "add", "leaves", version, str(home / "incoming/leaves"))
    status, document, _ = tell("dataset", "list")
    assert status == 0
    assert [(d["version"], d["mounted"]) for d in document["items"]] == [
        ("10", False),
        ("9", True),
    ]


def test_no_dataset_is_an_empty_list(tell: Callable[..., Told]) -> None:
    assert tell("dataset", "list") == (0, {"items": []}, "")


def test_the_same_version_again_is_refused(home: Path, tell: Callable[..., Told]) -> None:
    words = ("dataset", "add", "leaves", "1", str(home / "incoming/leaves"))
    tell(*words)
    status, document, _ = tell(*words)
    assert (status, document["error"]["code"]) == (1, "already-exists")


def test_a_path_outside_is_refused_on_one_line(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dataset", "add", "leaves", "1", str(tmp_path)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith(f"allotment: {tmp_path} is not a folder below")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "words",
    [
        ["add", "leaves", "1"],
        ["add", "leaves", "1", "leaves", "--kind", "cooked"],
        ["grant", "leaves"],
        ["remove", "leaves"],
    ],
)
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    assert run(["dataset", *words]) == 2


def test_people_are_told_how_to_let_a_group_read(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["dataset", "add", "leaves", "1", str(home / "incoming/leaves")])
    assert "./allotment dataset grant leaves --group GROUP" in capsys.readouterr().out


def test_a_grant_says_who_may_read_now(home: Path, tell: Callable[..., Told]) -> None:
    tell("dataset", "add", "leaves", "1", str(home / "incoming/leaves"))
    status, document, _ = tell("dataset", "grant", "leaves", "--group", "everyone")
    assert status == 0
    assert document == {"name": "leaves", "versions": ["1"], "readers": ["everyone"]}


def test_verifying_untouched_data_ends_with_0(home: Path, tell: Callable[..., Told]) -> None:
    tell("dataset", "add", "leaves", "1", str(home / "incoming/leaves"))
    for words in ((), ("leaves",), ("leaves", "1")):
        status, document, _ = tell("dataset", "verify", *words)
        assert (status, [item["ok"] for item in document["items"]]) == (0, [True])


def test_verifying_changed_data_names_it_and_ends_with_1(
    home: Path, tell: Callable[..., Told], capsys: pytest.CaptureFixture[str]
) -> None:
    tell("dataset", "add", "leaves", "1", str(home / "incoming/leaves"))
    (home / "datasets/leaves/1/svm.txt").write_bytes(b"a stray text fil3\n")
    status, document, _ = tell("dataset", "verify")
    assert (status, document["items"][0]["changed"]) == (1, ["svm.txt"])
    assert run(["dataset", "verify", "leaves"]) == 1
    assert "leaves 1: changed: svm.txt" in capsys.readouterr().out


def test_verifying_what_is_not_there_is_refused(tell: Callable[..., Told]) -> None:
    status, document, _ = tell("dataset", "verify", "roses")
    assert (status, document["error"]["code"]) == (1, "not-found")


def test_removing_makes_it_gone(home: Path, tell: Callable[..., Told]) -> None:
    tell("dataset", "add", "leaves", "1", str(home / "incoming/leaves"))
    status, document, _ = tell("dataset", "remove", "leaves", "1")
    assert (status, document) == (0, {"name": "leaves", "version": "1", "removed": True})
    assert not (home / "datasets/leaves").exists()
    assert tell("dataset", "remove", "leaves", "1")[0] == 1


def test_the_narrow_umask_of_commands_locks_nobody_out(
    home: Path, tell: Callable[..., Told]
) -> None:
    shutil.rmtree(home / "datasets")
    (home / "datasets").mkdir(mode=0o711)
    tell("dataset", "add", "leaves", "1", str(home / "incoming/leaves"))
    assert (home / "datasets/leaves").stat().st_mode & 0o777 == 0o755
    assert (home / "datasets/leaves/1").stat().st_mode & 0o777 == 0o555
    assert (home / "datasets/leaves/1.manifest.json").stat().st_mode & 0o777 == 0o444
