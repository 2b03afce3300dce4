"""The base image: pulled where a registry answers quickly, made by debootstrap where none does."""

import shutil
import socket
import tempfile
from pathlib import Path

from admin.setup.apt import ensure_packages
from admin.setup.engine import ask
from admin.setup.failure import SetupFailed
from admin.setup.programs import Runner, answer

BASE = "debian:bookworm-slim"
SUITE = "bookworm"
REGISTRY = ("registry-1.docker.io", 443)
REACHABLE_WITHIN_S = 3
UNNEEDED = ("var/lib/apt/lists", "var/cache/apt", "usr/share/doc", "usr/share/man", "var/log")


def has_image(name: str) -> bool:
    """Say whether the engine holds an image of that name."""
    return answer(["docker", "image", "inspect", "--format", "{{.Id}}", name]) is not None


def ensure_base_image(engine_socket: Path, runner: Runner) -> str:
    """Make sure that the base image is there; gives a word on how it came.

    Giving up on a registry takes seconds: stations without internet need this as well.
    """
    if has_image(BASE):
        return "there"
    if _may_pull(engine_socket):
        try:
            runner.run(["timeout", "300", "docker", "pull", "-q", BASE], "no registry")
        except SetupFailed:
            pass
        else:
            return "pulled"
    make(BASE, runner)
    return "made with debootstrap"


def _may_pull(engine_socket: Path) -> bool:
    """Say whether a pull is worth trying: a mirror or proxy is set, or the registry answers."""
    info = ask(engine_socket, "/info") or {}
    registries = info.get("RegistryConfig")
    mirrors = registries.get("Mirrors") if isinstance(registries, dict) else None
    if mirrors or info.get("HttpsProxy"):
        return True
    try:
        with socket.create_connection(REGISTRY, timeout=REACHABLE_WITHIN_S):
            return True
    except OSError:
        return False


def make(name: str, runner: Runner) -> None:
    """Make the base image from the packages of the Debian archive."""
    ensure_packages(["debootstrap"], runner, wanted=["debian-archive-keyring"])
    with tempfile.TemporaryDirectory(prefix="allotment-base-") as scratch:
        root = Path(scratch) / "root"
        runner.run(
            ["debootstrap", "--variant=minbase", SUITE, root],
            "the base image can be neither pulled nor made (no registry, no Debian archive)",
        )
        _trim(root)
        archive = Path(scratch) / "base.tar"
        runner.run(["tar", "-C", root, "-cf", archive, "."], "the base image can't be packed")
        runner.run(
            ["docker", "import", "--change", 'CMD ["bash"]', archive, name],
            "the base image can't be imported",
        )


def _trim(root: Path) -> None:
    for folder in UNNEEDED:
        for path in (root / folder).iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    listed = root / "etc/apt/sources.list"
    listed.write_text(build_sources(listed.read_text()))
    (root / "etc/resolv.conf").unlink(missing_ok=True)


def build_sources(made: str) -> str:
    """Add updates and security fixes beside the archive that debootstrap took."""
    archive = made.split()[1].rstrip("/")
    return "".join(
        f"deb {line} main\n"
        for line in (
            f"{archive} {SUITE}",
            f"{archive} {SUITE}-updates",
            f"{archive}-security {SUITE}-security",
        )
    )


def size_mb(name: str) -> int:
    """Give the size of an image in megabytes, 0 when it is not there."""
    size = answer(["docker", "image", "inspect", "--format", "{{.Size}}", name])
    return int(size) // 1_000_000 if size else 0
