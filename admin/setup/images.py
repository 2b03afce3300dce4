"""The images: named after what they are built from, so an unchanged one is never built again."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from admin.setup.apt import ensure_packages
from admin.setup.base_image import BASE, has_image
from admin.setup.failure import SetupFailed
from admin.setup.pip_settings import (
    PipSettings,
    ensure_wheels,
    load_ca_bundle,
    load_pip_settings,
    load_proxies,
)
from admin.setup.programs import Runner, answer
from hub.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
BUILDKIT = {"DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"}
LARGE = 8 * 1024 * 1024
OLD_CLI = 23
"""From this version on the command needs a plug-in for BuildKit; earlier ones have it inside."""


@dataclass(frozen=True)
class Recipe:
    """What an image is built from: paths below `context`, and build arguments."""

    name: str
    context: Path
    dockerfile: Path
    paths: tuple[str, ...] = (".",)
    arguments: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ("README.md",)

    def tag(self) -> str:
        """Give the full name, which says what the content is."""
        return f"allotment/{self.name}:{VERSION}-{self.digest()[:12]}"

    def digest(self) -> str:
        """Hash names, modes and content of all that goes in; a large file counts by its size."""
        total = hashlib.sha256()
        for key, value in sorted(self.arguments.items()):
            total.update(f"{key}={value}\n".encode())
        for path in sorted({self.dockerfile, *self._files()}):
            status = path.stat()
            total.update(f"{path.relative_to(ROOT)} {status.st_mode & 0o111:o}\n".encode())
            large = status.st_size > LARGE
            total.update(str(status.st_size).encode() if large else path.read_bytes())
        return total.hexdigest()

    def _files(self) -> Iterator[Path]:
        for named in self.paths:
            start = self.context / named
            for path in [start] if start.is_file() else start.rglob("*"):
                inside = path.relative_to(self.context).parts
                if inside[0] in self.left_out or "__pycache__" in inside:
                    continue
                if path.is_file() and not path.is_symlink():
                    yield path


STATION = Recipe(
    "station",
    context=ROOT,
    dockerfile=ROOT / "images/station/Dockerfile",
    paths=("hub", "spawner", "requirements/station.txt", "images/station"),
    arguments={"BASE": BASE},
)
PROXY = Recipe(
    "proxy",
    context=ROOT / "images/proxy",
    dockerfile=ROOT / "images/proxy/Dockerfile",
    arguments={"BASE": BASE},
)
NOTEBOOKS = ROOT / "images/notebook"


def notebook(flavour: str) -> Recipe:
    """Give the recipe of `notebook-cpu` or `notebook-cuda`."""
    return Recipe(
        f"notebook-{flavour}",
        context=NOTEBOOKS,
        dockerfile=NOTEBOOKS / "Dockerfile",
        arguments={"FLAVOUR": flavour, "BASE": BASE},
        left_out=("README.md", ".dockerignore", "wheels"),
    )


RECIPES = {
    "station": STATION,
    "proxy": PROXY,
    "notebook-cpu": notebook("cpu"),
    "notebook-cuda": notebook("cuda"),
}


def ensure_wheels_for_notebooks(settings: PipSettings) -> None:
    """Give the notebook builds this machine's own PyTorch wheels, where it has any."""
    ensure_wheels(settings, "torch-*.whl", NOTEBOOKS / "wheels")


def ensure_image(recipe: Recipe, runner: Runner, note: Callable[[str], None]) -> str:
    """Make sure that an image is built from its recipe as it stands; gives its name."""
    tag = recipe.tag()
    if not has_image(tag):
        build(recipe, tag, runner, note)
    return tag


def build(recipe: Recipe, tag: str, runner: Runner, note: Callable[[str], None]) -> None:
    """Build an image with the machine's pip settings and CA bundle as secrets of the build."""
    settings = load_pip_settings()
    if recipe.context == NOTEBOOKS:
        ensure_wheels_for_notebooks(settings)
    with tempfile.TemporaryDirectory(prefix="allotment-build-") as scratch:
        command = [find_docker(runner), "build", "--tag", tag, "--file", str(recipe.dockerfile)]
        command += ["--label", "allotment.image=" + recipe.name]
        for key, value in {**recipe.arguments, **load_proxies()}.items():
            command += ["--build-arg", f"{key}={value}"]
        command += _secrets(settings, Path(scratch))
        runner.run(
            [*command, str(recipe.context)],
            f"the image {recipe.name} can't be built",
            on_line=note,
            variables=BUILDKIT,
        )


def _secrets(settings: PipSettings, scratch: Path) -> list[str]:
    pip_conf = scratch / "pip.conf"
    pip_conf.write_text(settings.for_build())
    options = ["--secret", f"id=pip,src={pip_conf}"]
    bundle = load_ca_bundle(settings)
    if bundle:
        options += ["--secret", f"id=ca,src={bundle}"]
    return options


def find_docker(runner: Runner) -> str:
    """Find a docker command that can use BuildKit; installs the plug-in where that is missing."""
    found = _docker_with_buildkit()
    if found is None:
        ensure_packages([], runner, wanted=["docker-buildx", "docker-buildx-plugin"])
        found = _docker_with_buildkit()
    if found is None:
        raise SetupFailed("docker can't build here: apt-get install docker-buildx (or -plugin)")
    return found


def _docker_with_buildkit() -> str | None:
    for command in filter(None, (shutil.which("docker"), "/usr/bin/docker")):
        version = answer([command, "version", "--format", "{{.Client.Version}}"]) or ""
        major = version.partition(".")[0]
        if major.isdigit() and int(major) < OLD_CLI:
            return command
        if answer([command, "buildx", "version"]) is not None:
            return command
    return None
