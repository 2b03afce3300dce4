"""`./allotment image`: which images there are, and building one that `up` does not build here."""

from typing import Annotated

import typer

from admin import output
from admin.output import AsJson
from admin.setup import base_image, checks, engine, images, lock
from admin.setup.failure import SetupFailed
from admin.setup.folders import ensure_outer_folders
from admin.setup.programs import Runner
from admin.setup.progress import Progress
from hub.settings import load_home

app = typer.Typer(help="The images of servers and units.", no_args_is_help=True)

COLUMNS = {"NAME": "name", "IMAGE": "image", "BUILT": "built", "MB": "size_mb"}


@app.command("list")
def list_images(as_json: AsJson = False) -> None:
    """List every image as this version makes it, built or not."""
    checks.ensure_root("image list")
    items = []
    for name, recipe in images.RECIPES.items():
        size = base_image.size_mb(recipe.tag())
        items.append({"name": name, "image": recipe.tag(), "built": size > 0, "size_mb": size})
    output.show_items(as_json, items, COLUMNS, "there are no images")


@app.command("build")
def build(
    name: Annotated[str, typer.Argument(help="notebook-cuda, or another of `image list`.")],
    as_json: AsJson = False,
) -> None:
    """Build one image unless it is built; `up` then uses it."""
    recipe = images.RECIPES.get(name)
    if recipe is None:
        raise SetupFailed(f"there is no image {name}; there are {', '.join(images.RECIPES)}")
    checks.ensure_root("image build")
    home = load_home()
    ensure_outer_folders(home)
    runner = Runner(home / "state" / "log" / "up.log")
    progress = Progress()
    with lock.machine_lock(progress.say), progress.step(f"image {name}") as step:
        engine_folders = engine.EngineFolders()
        engine.ensure_engine(engine_folders, runner)
        base_image.ensure_base_image(engine_folders.socket, runner)
        images.ensure_image(recipe, runner, step.note)
        step.note(f"{base_image.size_mb(recipe.tag())} MB")
    output.show(as_json, {"name": name, "image": recipe.tag()}, [f"{recipe.tag()} is built"])
