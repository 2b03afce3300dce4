"""The notebook image: what is in it, what is not, and that any uid can work on a read-only root."""

import os
import zipfile
from pathlib import Path

import pytest

from tests.images.conftest import UID, Container, StartContainer, person_options

pytestmark = pytest.mark.engine

PROMISED = [
    "torch",
    "numpy",
    "pandas",
    "matplotlib.pyplot",
    "cv2",
    "sklearn.ensemble",
    "PIL.Image",
    "tqdm",
    "nbclient",
    "nbconvert",
    "jupyterlab",
    "jupyterhub.singleuser",
    "nbgitpuller",
    "jupyter_resource_usage",
    "jupyterlab_language_pack_zh_CN",
]
CHINESE_PLOT = """
import matplotlib; matplotlib.use("agg")
import matplotlib.pyplot as plt
plt.title("accuracy 准确率"); plt.savefig("/tmp/plot.png")
"""


def wheel(folder: Path, name: str, code: str) -> Path:
    """Write the smallest package that pip installs."""
    file = folder / f"{name}-1.0-py3-none-any.whl"
    meta = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr(f"{name}/__init__.py", code)
        parts.writestr(f"{meta}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        parts.writestr(f"{meta}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        parts.writestr(f"{meta}/RECORD", "")
    return file


def install(container: Container, package: Path) -> None:
    done = container.run("pip", "install", "--user", "--no-index", f"/home/ann/{package.name}")
    assert done.returncode == 0, done.stderr


def test_all_that_is_promised_can_be_imported(ann: Container) -> None:
    assert ann.python("import " + ", ".join(PROMISED) + "; print('all')") == "all"


@pytest.mark.parametrize("left_out", ["rfc3987_syntax", "lark", "nbclassic"])
def test_what_makes_starts_slow_is_not_in_it(ann: Container, left_out: str) -> None:
    code = f"import importlib.util; print(importlib.util.find_spec('{left_out}'))"
    assert ann.python(code) == "None"


def test_the_server_comes_without_the_language_server_extension(ann: Container) -> None:
    listed = ann.run("jupyter", "server", "extension", "list")
    assert "jupyterlab" in listed.stderr + listed.stdout
    assert "jupyter_lsp" not in listed.stderr + listed.stdout


def test_the_time_left_is_part_of_jupyterlab_and_of_its_server(ann: Container) -> None:
    listed = ann.run("jupyter", "labextension", "list")
    assert "allotment-time" in listed.stderr + listed.stdout
    code = "import allotment_notebook as n, os; print(os.path.exists(n.__cached__), n.find_hub())"
    assert ann.python(code) == "True None"


def test_it_is_compiled_so_that_nothing_is_compiled_at_a_start(ann: Container) -> None:
    code = "import jupyter_server.serverapp as s, os; print(os.path.exists(s.__cached__))"
    assert ann.python(code) == "True"


def test_its_process_is_not_root_and_has_no_capabilities(ann: Container) -> None:
    code = "import os; print(os.getuid()); print(open('/proc/self/status').read())"
    uid, status = ann.python(code).split("\n", 1)
    assert uid == str(UID)
    assert "CapEff:\t0000000000000000" in status


def test_a_package_its_user_installs_is_there_after_stop_and_start(
    start: StartContainer, folders: Path
) -> None:
    options = person_options(folders / "bob", folders / "bob-models")
    package = wheel(folders / "bob", "allotment_test_seedling", "grown = True")
    first = start(*options, command=("sleep", "infinity"))
    install(first, package)
    again = start(*options, command=("sleep", "infinity"))
    assert again.python("import allotment_test_seedling as s; print(s.grown)") == "True"


def test_a_broken_package_in_the_home_does_not_keep_the_server_from_starting(
    ann: Container, folders: Path
) -> None:
    install(ann, wheel(folders / "ann", "tornado", "raise RuntimeError('broken')"))
    assert ann.run("python3", "-c", "import tornado").returncode == 1
    for program in ("jupyter-lab", "jupyterhub-singleuser"):
        done = ann.run(program, "--version")
        assert done.returncode == 0, done.stderr
    ann.run("pip", "uninstall", "--yes", "tornado")


def test_chinese_labels_show_in_plots(ann: Container) -> None:
    done = ann.run("python3", "-W", "error", "-c", CHINESE_PLOT)
    assert done.returncode == 0, done.stderr


def test_pytorch_computes_on_the_cpu(ann: Container) -> None:
    code = "import torch; ones = torch.ones(2, 2); print((ones @ ones).sum().item())"
    assert ann.python(code) == "8.0"


def test_the_welcome_folder_cannot_be_changed(ann: Container) -> None:
    done = ann.run("sh", "-c", "echo x > /opt/allotment/welcome/README.md")
    assert done.returncode != 0
    assert "Read-only file system" in done.stderr


def test_files_can_be_fetched_by_rsync_and_sftp(ann: Container) -> None:
    done = ann.run("sh", "-c", "rsync --version >/dev/null && test -x /usr/lib/openssh/sftp-server")
    assert done.returncode == 0


def test_models_are_written_as_the_person_on_the_machine(ann: Container, folders: Path) -> None:
    ann.run("sh", "-c", "echo weights > /data/models/leaf.pt")
    assert os.stat(folders / "models" / "leaf.pt").st_uid == UID
