"""The loader, network and model file of notebook 02, on a tree as awkward as the real one."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.images.conftest import Container, StartContainer, person_options

pytestmark = pytest.mark.engine

SCRIPT = Path(__file__).with_name("plant_facts.py")
Facts = dict[str, Any]


@pytest.fixture(scope="module")
def facts(start: StartContainer, folders: Path) -> Facts:
    """Run the script once in the image."""
    options = person_options(folders / "ann", folders / "models")
    one: Container = start(*options, command=("sleep", "infinity"))
    done = one.run("python3", "-c", SCRIPT.read_text())
    assert done.returncode == 0, done.stderr
    loaded: Facts = json.loads(done.stdout.splitlines()[-1])
    return loaded


def test_the_true_class_names_are_the_classes(facts: Facts) -> None:
    assert facts["classes"] == [
        "Cherry_(including_sour)___Powdery_mildew",
        "Corn_(maize)___Cercospora_leaf_spot Gray_leaf_spot",
        "Pepper,_bell___Bacterial_spot",
    ]


def test_pictures_of_every_ending_are_taken(facts: Facts) -> None:
    assert facts["suffixes"] == [".JPG", ".jpeg", ".jpg", ".png"]


def test_the_colour_pictures_are_found_below_and_the_grey_ones_left(facts: Facts) -> None:
    assert facts["folders"] == ["color"]


def test_stray_text_files_are_no_pictures(facts: Facts) -> None:
    assert facts["pictures"] == 40


def test_truncated_pictures_are_skipped_and_each_is_named(facts: Facts) -> None:
    assert facts["unreadable"] == [f"truncated {number}.JPG" for number in range(10)]


def test_only_pictures_that_could_be_read_are_judged(facts: Facts) -> None:
    assert 0 < facts["judged"] <= facts["held_out"]


def test_a_fifth_is_held_out_and_never_learnt_from(facts: Facts) -> None:
    assert facts["held_out"] == 8
    assert facts["shared"] == 0


def test_the_split_is_the_same_every_time(facts: Facts) -> None:
    assert facts["same_split_again"]


def test_the_network_is_the_seeds(facts: Facts) -> None:
    assert facts["layers"] == [
        ["Conv2d", [16, 3, 3, 3], [16]],
        ["ReLU"],
        ["MaxPool2d"],
        ["Conv2d", [32, 16, 3, 3], [32]],
        ["ReLU"],
        ["MaxPool2d"],
    ]
    assert facts["linear"] == [3, 32 * 54 * 54]


def test_a_saved_model_comes_back_with_its_classes(facts: Facts) -> None:
    assert facts["saved_classes"] == facts["classes"]


def test_nothing_half_written_is_left_beside_a_model(facts: Facts) -> None:
    assert facts["left_in_out"] == ["leaf.json", "leaf.pt"]


def test_the_colour_baseline_tells_apart_what_only_differs_in_colour(facts: Facts) -> None:
    assert facts["colour"] == 1.0
