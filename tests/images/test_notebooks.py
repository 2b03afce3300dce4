"""The welcome notebooks run top to bottom in the image, and the network learns more than colour."""

import json
from pathlib import Path
from typing import Any

import pytest

from admin.leaves import CLASSES, make_leaves
from tests.images.conftest import Container, StartContainer, person_options

pytestmark = pytest.mark.engine

Notebook = dict[str, Any]


def execute(container: Container, name: str) -> Notebook:
    """Run a welcome notebook by nbclient and give it with its outputs."""
    path = f"/opt/allotment/welcome/{name}.ipynb"
    words = ("jupyter", "nbconvert", "--to", "notebook", "--execute", "--stdout", path)
    done = container.run(*words, timeout_s=420)
    assert done.returncode == 0, done.stderr[-3000:]
    notebook: Notebook = json.loads(done.stdout)
    return notebook


def printed(notebook: Notebook) -> str:
    """Give all that its cells printed."""
    outputs = [out for cell in notebook["cells"] for out in cell.get("outputs", [])]
    return "".join("".join(out.get("text", [])) for out in outputs)


def plots(notebook: Notebook) -> int:
    """Count the pictures it shows."""
    outputs = [out for cell in notebook["cells"] for out in cell.get("outputs", [])]
    return sum("image/png" in out.get("data", {}) for out in outputs)


@pytest.fixture(scope="module")
def models(folders: Path) -> Path:
    return folders / "trained"


@pytest.fixture(scope="module")
def researcher(start: StartContainer, folders: Path, models: Path) -> Container:
    """Give a container with the demonstration's data set and half a simulated GPU."""
    data = folders / "leaves-synthetic"
    make_leaves(data)
    told = ("--env", "ALLOTMENT_GPU_KIND=simulated", "--env", "ALLOTMENT_GPU_SHARE=0.5")
    mounted = ("--volume", f"{data}:/data/raw/leaves-synthetic:ro")
    options = person_options(folders / "ann", models, *told, *mounted)
    return start(*options, command=("sleep", "infinity"))


@pytest.fixture(scope="module")
def first_steps(researcher: Container) -> str:
    return printed(execute(researcher, "01-first-steps"))


@pytest.fixture(scope="module")
def plant_disease(researcher: Container) -> Notebook:
    return execute(researcher, "02-plant-disease")


@pytest.fixture(scope="module")
def learnt(plant_disease: Notebook, models: Path) -> dict[str, Any]:
    """Give the facts that the notebook leaves beside its model."""
    facts: dict[str, Any] = json.loads((models / "plant-disease.json").read_text())
    return facts


def test_a_simulated_gpu_is_called_simulated(first_steps: str) -> None:
    assert "0.5 of a SIMULATED GPU" in first_steps


def test_first_steps_show_where_data_can_be_read_and_written(first_steps: str) -> None:
    assert "/data/raw: read-only" in first_steps
    assert "leaves-synthetic" in first_steps
    assert "/data/models: yours to write" in first_steps


def test_first_steps_multiply_matrices(first_steps: str) -> None:
    assert "1024 x 1024 on cpu" in first_steps


def test_the_network_passes_85_percent_on_leaves_it_never_saw(learnt: dict[str, Any]) -> None:
    assert learnt["judged_on"] == 120
    assert learnt["accuracy"] > 0.85


def test_the_nearest_mean_colour_stays_under_chance_and_15_points(learnt: dict[str, Any]) -> None:
    assert learnt["colour_baseline"] < 1 / len(CLASSES) + 0.15


def test_the_pictures_and_the_confusion_matrix_are_shown(plant_disease: Notebook) -> None:
    assert plots(plant_disease) == 2


def test_training_shows_its_progress(plant_disease: Notebook) -> None:
    assert "epoch 6/6: 100%" in printed(plant_disease)


def test_no_cell_warns(plant_disease: Notebook) -> None:
    outputs = [out for cell in plant_disease["cells"] for out in cell.get("outputs", [])]
    assert [out["text"] for out in outputs if out.get("name") == "stderr"] == []


def test_the_model_is_the_persons_own_in_data_models(learnt: dict[str, Any], models: Path) -> None:
    assert (models / "plant-disease.pt").stat().st_size > 1_000_000
