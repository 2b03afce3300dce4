"""Verifying finds every difference from the manifest, and names it."""

from pathlib import Path

import pytest

from hub.dataset_intake import NewDataset, add
from hub.dataset_verify import Verdict, choose, verify
from hub.errors import NotFound
from hub.house import House
from tests.datasets.conftest import NOON


@pytest.fixture
def folder(house: House, home: Path, source: Path) -> Path:
    """Take leaves 1 in."""
    (source / "Grape___none yet").mkdir()
    add(house, NewDataset("leaves", "1", source), "root", NOON)
    return home / "datasets" / "leaves" / "1"


def judge(house: House) -> Verdict:
    """Verify the one dataset there is."""
    return verify(house, choose(house, "leaves", "1"))[0]


def test_an_untouched_dataset_is_well(house: House, folder: Path) -> None:
    assert judge(house) == Verdict(choose(house, None, None)[0])


def test_one_changed_byte_is_found(house: House, folder: Path) -> None:
    path = folder / "Pepper,_bell___healthy/0b2c___JR_HL 8590.JPG"
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    assert judge(house).changed == ("Pepper,_bell___healthy/0b2c___JR_HL 8590.JPG",)


def test_a_missing_file_is_found(house: House, folder: Path) -> None:
    (folder / "svm.txt").unlink()
    assert judge(house).missing == ("svm.txt",)


def test_a_missing_folder_is_found(house: House, folder: Path) -> None:
    (folder / "Grape___none yet").rmdir()
    assert judge(house).missing == ("Grape___none yet/",)


def test_an_extra_file_is_found(house: House, folder: Path) -> None:
    (folder / "Tomato___Late_blight" / "planted.jpg").write_bytes(b"x")
    assert judge(house).extra == ("Tomato___Late_blight/planted.jpg",)


def test_a_link_in_a_file_s_place_is_a_change(house: House, folder: Path, source: Path) -> None:
    (folder / "svm.txt").unlink()
    (folder / "svm.txt").symlink_to(source / "svm.txt")
    assert judge(house).changed == ("svm.txt",)


def test_a_second_name_of_a_file_elsewhere_is_no_change(
    house: House, home: Path, folder: Path
) -> None:
    (home / "backup.txt").hardlink_to(folder / "svm.txt")
    assert judge(house).ok


def test_a_changed_manifest_is_found(house: House, home: Path, folder: Path) -> None:
    manifest = home / "datasets/leaves/1.manifest.json"
    manifest.write_bytes(manifest.read_bytes() + b" ")
    assert "manifest was changed" in (judge(house).fault or "")


def test_a_missing_manifest_or_folder_is_found(house: House, home: Path, folder: Path) -> None:
    folder.rename(home / "gone")
    assert "No such file" in (judge(house).fault or "")
    (home / "datasets/leaves/1.manifest.json").unlink()
    assert judge(house).fault == "the manifest is missing"


@pytest.mark.parametrize(("name", "version"), [("roses", None), ("leaves", "2")])
def test_a_dataset_that_is_not_there_is_named(
    house: House, folder: Path, name: str, version: str | None
) -> None:
    with pytest.raises(NotFound, match=name):
        choose(house, name, version)


def test_no_dataset_at_all_is_well(house: House) -> None:
    assert verify(house, choose(house, None, None)) == []
