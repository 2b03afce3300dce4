"""A Docker Engine of the tests' own, with a stub in the place of NVIDIA's runtime hook."""

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.engine.client import Engine
from hub.settings import load_variables
from tests.stack.client import wait_for

STUB = """#!/usr/bin/env python3
import json, pathlib, sys, uuid
state = json.load(sys.stdin)
config = json.loads(pathlib.Path(state["bundle"], "config.json").read_text())
told = {"id": state["id"], "env": config["process"]["env"]}
pathlib.Path(%r, uuid.uuid4().hex + ".json").write_text(json.dumps(told))
"""
IMAGE = "allotment-test/empty:1"


@dataclass(frozen=True)
class OwnEngine:
    """Our client to it, its socket, and what its hook was told."""

    engine: Engine
    socket: Path
    told_folder: Path

    def told(self) -> list[dict[str, Any]]:
        """Read every call of the hook."""
        return [json.loads(file.read_text()) for file in sorted(self.told_folder.iterdir())]

    def docker(self, *words: str, stdin: bytes = b"") -> str:
        """Run the docker command against this engine."""
        done = subprocess.run(
            ["docker", "-H", f"unix://{self.socket}", *words],
            input=stdin,
            capture_output=True,
            check=True,
            timeout=60,
        )
        return done.stdout.decode()


@pytest.fixture(scope="session")
def own_engine(
    engine_version: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OwnEngine]:
    """Start a dockerd with the stub on its PATH, and end it afterwards."""
    folder = tmp_path_factory.mktemp("dockerd")
    told = folder / "told"
    told.mkdir()
    programs = folder / "bin"
    programs.mkdir()
    stub = programs / "nvidia-container-runtime-hook"
    stub.write_text(STUB % str(told))
    stub.chmod(0o755)
    socket = folder / "docker.sock"
    variables = load_variables()
    with (folder / "dockerd.log").open("wb") as log:
        daemon = subprocess.Popen(
            _dockerd(folder, socket),
            stdout=log,
            stderr=log,
            env={**variables, "PATH": f"{programs}:{variables['PATH']}:/usr/sbin:/sbin"},
        )
        made = OwnEngine(Engine(socket), socket, told)
        try:
            wait_for(socket.exists, "the engine's socket", 30)
            made.docker("import", "-", IMAGE, stdin=_empty_tar())
            yield made
        finally:
            daemon.terminate()
            daemon.wait(30)
            _unmount_below(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _dockerd(folder: Path, socket: Path) -> list[str]:
    places = {
        "data-root": folder / "data",
        "exec-root": folder / "exec",
        "pidfile": folder / "dockerd.pid",
    }
    # In a network of its own: a dockerd without a bridge takes the machine's docker0 away.
    words = ["unshare", "--net", "dockerd", "-H", f"unix://{socket}", "--bridge=none"]
    words += ["--iptables=false"]
    words += ["--ip-forward=false", "--ip-masq=false", "--storage-driver=vfs"]
    return words + [f"--{name}={path}" for name, path in places.items()]


def _empty_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("proc", "sys", "dev", "etc"):
            entry = tarfile.TarInfo(name)
            entry.type = tarfile.DIRTYPE
            entry.mode = 0o755
            tar.addfile(entry)
    return buffer.getvalue()


def _unmount_below(folder: Path) -> None:
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(str(folder))), reverse=True):
        subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
