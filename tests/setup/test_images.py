from pathlib import Path

import pytest

from admin.setup import images
from admin.setup.images import Recipe


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    monkeypatch.setattr(images, "ROOT", tmp_path)
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("a = 1\n")
    return Recipe("thing", tmp_path, tmp_path / "Dockerfile", paths=("code",))


def test_the_name_says_version_and_content(recipe: Recipe) -> None:
    assert recipe.tag().startswith("allotment/thing:0.1.0-")


def test_an_unchanged_tree_has_an_unchanged_name(recipe: Recipe) -> None:
    assert recipe.tag() == recipe.tag()


@pytest.mark.parametrize("name", ["code/a.py", "code/b.py", "Dockerfile"])
def test_a_changed_or_new_file_changes_the_name(recipe: Recipe, name: str) -> None:
    before = recipe.tag()
    (recipe.context / name).write_text("changed\n")
    assert recipe.tag() != before


@pytest.mark.parametrize("name", ["README.md", "code/__pycache__/a.pyc", "elsewhere.py"])
def test_what_does_not_go_in_does_not_change_the_name(recipe: Recipe, name: str) -> None:
    before = recipe.tag()
    (recipe.context / name).parent.mkdir(exist_ok=True)
    (recipe.context / name).write_text("x")
    assert recipe.tag() == before


def test_a_build_argument_changes_the_name(recipe: Recipe) -> None:
    other = Recipe("thing", recipe.context, recipe.dockerfile, ("code",), {"FLAVOUR": "cuda"})
    assert other.tag() != recipe.tag()


def test_both_notebook_images_come_from_one_dockerfile() -> None:
    cpu, cuda = images.RECIPES["notebook-cpu"], images.RECIPES["notebook-cuda"]
    assert cpu.dockerfile == cuda.dockerfile
    assert cpu.tag() != cuda.tag()
