"""The leaves: the same for a seed, laid out as PlantVillage, and not told apart by colour."""

from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import pytest
from PIL import Image, ImageStat

from admin.leaves import CLASSES, make_leaves
from hub.errors import AlreadyExists

Colour = tuple[float, ...]


@pytest.fixture(scope="module")
def leaves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("leaves") / "leaves-synthetic"
    make_leaves(folder)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def mean_colour(picture: Path) -> Colour:
    with Image.open(picture) as opened:
        return tuple(ImageStat.Stat(opened.convert("RGB")).mean)


def colours(folder: Path) -> Iterator[tuple[str, list[Colour]]]:
    for name in CLASSES:
        yield name, [mean_colour(p) for p in sorted((folder / name).iterdir())]


def distance(one: Colour, other: Colour) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    make_leaves(tmp_path / "a", seed=3, per_class=3)
    make_leaves(tmp_path / "b", seed=3, per_class=3)
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_another_seed_gives_other_leaves(tmp_path: Path) -> None:
    make_leaves(tmp_path / "a", seed=3, per_class=2)
    make_leaves(tmp_path / "b", seed=4, per_class=2)
    assert content(tmp_path / "a").keys() != content(tmp_path / "b").keys()


def test_every_class_is_a_folder_named_by_crop_and_disease_and_called_synthetic(
    leaves: Path,
) -> None:
    folders = sorted(p.name for p in leaves.iterdir() if p.is_dir())
    assert folders == sorted(CLASSES)
    assert all("___" in name and name.endswith("_synthetic") for name in folders)


def test_the_names_are_as_awkward_as_the_real_ones(leaves: Path) -> None:
    files = [p.name for p in leaves.rglob("*.JPG")]
    assert len(files) == 600
    assert all(" " in name and "___" in name for name in files)
    assert any("," in name for name in CLASSES)


def test_its_licence_and_what_it_is_stand_beside_the_classes(leaves: Path) -> None:
    text = (leaves / "README.md").read_text()
    assert "CC0-1.0" in text
    assert "no photograph" in text


def test_the_whole_set_is_under_15_mb(leaves: Path) -> None:
    assert sum(map(len, content(leaves).values())) < 15_000_000


def test_the_nearest_mean_colour_stays_under_chance_and_15_points(leaves: Path) -> None:
    rows = dict(colours(leaves))
    means = {
        name: tuple(fmean(channel) for channel in zip(*seen[:80], strict=True))
        for name, seen in rows.items()
    }
    guesses = [
        min(means, key=lambda known: distance(means[known], colour)) == name
        for name, seen in rows.items()
        for colour in seen[80:]
    ]
    assert fmean(guesses) < 1 / len(CLASSES) + 0.15


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(AlreadyExists, match="is not empty"):
        make_leaves(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
