"""Taking a dataset in: what is kept of it, and under which names."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from hub.dataset_intake import NewDataset, add
from hub.datasets import load_all
from hub.errors import AlreadyExists, BadValue, NotFound, Refused
from hub.house import House
from hub.settings import Settings, StorageSection
from tests.datasets.conftest import NOON, PLANT_VILLAGE, make_tree, open_house_at, snapshot


def take(house: House, source: Path, **changes: object) -> Path:
    """Take leaves 1 in and give its folder."""
    new = replace(NewDataset("leaves", "1", source), **changes)  # type: ignore[arg-type]
    dataset, _ = add(house, new, "root", NOON)
    return house.station.home / "datasets" / dataset.name / dataset.version


def test_every_file_arrives_under_its_true_name(house: House, source: Path) -> None:
    folder = take(house, source)
    arrived = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.*")}
    assert arrived == PLANT_VILLAGE


def test_the_source_stays_as_it_was(house: House, source: Path) -> None:
    before = snapshot(source)
    take(house, source)
    assert snapshot(source) == before


def test_everything_is_read_only_and_root_s(house: House, source: Path) -> None:
    os.chown(source / "svm.txt", 1234, 1234)
    folder = take(house, source)
    for path in (folder, *folder.rglob("*")):
        facts = path.lstat()
        assert (facts.st_uid, facts.st_gid) == (0, 0)
        assert stat.S_IMODE(facts.st_mode) == (0o555 if path.is_dir() else 0o444)


def test_a_setuid_bit_does_not_survive(house: House, source: Path) -> None:
    (source / "svm.txt").chmod(0o6777)
    assert stat.S_IMODE((take(house, source) / "svm.txt").stat().st_mode) == 0o444


def test_an_empty_folder_arrives(house: House, source: Path) -> None:
    (source / "Grape___none yet").mkdir()
    assert (take(house, source) / "Grape___none yet").is_dir()


def test_the_manifest_names_every_file_with_size_and_hash(house: House, source: Path) -> None:
    take(house, source)
    manifest = json.loads((house.station.home / "datasets/leaves/1.manifest.json").read_bytes())
    assert {f["path"]: f["size_bytes"] for f in manifest["files"]} == {
        path: len(content) for path, content in PLANT_VILLAGE.items()
    }
    empty = next(f for f in manifest["files"] if f["path"].endswith("empty.JPG"))
    assert empty["sha256"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_licence_and_citation_are_read_from_their_files(house: House, source: Path) -> None:
    (source / "LICENSE.txt").write_text("CC BY-SA 3.0\n")
    (source / "CITATION.cff").write_text("Hughes & Salathé 2015")
    _, manifest = add(house, NewDataset("leaves", "1", source), "root", NOON)
    assert (manifest.licence, manifest.citation) == ("CC BY-SA 3.0", "Hughes & Salathé 2015")


def test_a_version_is_given_once(house: House, source: Path) -> None:
    take(house, source)
    before = snapshot(house.station.home / "datasets")
    (source / "svm.txt").write_text("another")
    with pytest.raises(AlreadyExists, match="leaves 1"):
        take(house, source, readers=("field-lab",))
    assert snapshot(house.station.home / "datasets") == before
    assert load_all(house)[0].readers == ()


def test_readers_of_a_name_read_its_next_version(house: House, source: Path) -> None:
    take(house, source, readers=("field-lab",))
    dataset, _ = add(house, NewDataset("leaves", "2", source), "root", NOON)
    assert dataset.readers == ("field-lab",)


def test_an_unknown_group_is_refused_and_nothing_is_kept(house: House, source: Path) -> None:
    with pytest.raises(NotFound, match="nobody-here"):
        take(house, source, readers=("nobody-here",))
    assert load_all(house) == []
    assert not (house.station.home / "datasets" / "leaves").exists()


@pytest.mark.parametrize(
    "word",
    ["", ".", "..", "a..b", "../x", "a/b", "Leaves", "-x", ".x", "叶", "a b", "a\n", "x" * 65],
)
def test_a_name_that_could_mislead_is_refused(house: House, source: Path, word: str) -> None:
    with pytest.raises(BadValue, match="a dataset's name"):
        take(house, source, name=word)
    with pytest.raises(BadValue, match="a dataset's version"):
        take(house, source, version=word)


def test_a_version_can_t_take_the_name_of_a_manifest(house: House, source: Path) -> None:
    with pytest.raises(BadValue):
        take(house, source, version="1.manifest.json")


@pytest.mark.parametrize("word", ["x" * 64, "2026.11_b-3", "0"])
def test_plain_names_are_taken(house: House, source: Path, word: str) -> None:
    assert take(house, source, name=word, version=word).is_dir()


def test_another_kind_than_raw_and_processed_is_refused(house: House, source: Path) -> None:
    with pytest.raises(BadValue, match="raw or processed"):
        take(house, source, kind="cooked")


def test_a_folder_without_a_file_is_refused(house: House, home: Path) -> None:
    (home / "incoming" / "nothing" / "in it").mkdir(parents=True)
    with pytest.raises(Refused, match="no file"):
        take(house, home / "incoming" / "nothing")


def test_a_full_disk_is_refused_with_the_numbers(house: House, home: Path, source: Path) -> None:
    settings = Settings(storage=StorageSection(reserve_gib=16384))
    with pytest.raises(Refused, match=r"takes 0\.00 GiB; .* free, .*reserve_gib keeps 16384"):
        take(open_house_at(home, settings), source)
    assert not (home / "datasets" / "leaves").exists()


def test_what_somebody_else_put_there_is_never_touched(
    house: House, home: Path, source: Path
) -> None:
    make_tree(home / "datasets" / "leaves" / "1", {"mine.txt": b"mine"})
    with pytest.raises(Refused, match="in the way"):
        take(house, source)
    assert (home / "datasets" / "leaves" / "1" / "mine.txt").read_bytes() == b"mine"
