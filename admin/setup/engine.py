"""The Docker Engine: installed and started where none answers; one that answers is left alone."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from admin.setup.apt import ensure_packages
from admin.setup.failure import SetupFailed
from admin.setup.programs import Runner, reason_in

OLDEST = (20, 10)
START_TIMEOUT_S = 90
DEFAULT_SOCKET = Path("/var/run/docker.sock")
SYSTEMD = Path("/run/systemd/system")
STARTED: "list[subprocess.Popen[bytes]]" = []
"""Held on to, since it outlives us on purpose and Python would complain of that."""


@dataclass(frozen=True)
class EngineFolders:
    """Where an engine that we start keeps its things."""

    socket: Path = DEFAULT_SOCKET
    pid_files: tuple[Path, ...] = (
        Path("/var/run/docker.pid"),
        Path("/var/run/docker/containerd/containerd.pid"),
    )
    settings: Path = Path("/etc/docker/daemon.json")
    log: Path = Path("/var/log/allotment-dockerd.log")
    command: tuple[str, ...] = ("dockerd",)


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def ask(path: Path, question: str) -> dict[str, object] | None:
    """Ask an engine for one of its JSON documents; None when it does not answer."""
    connection = _SocketConnection(path)
    try:
        connection.request("GET", question)
        answer = connection.getresponse()
        document = json.loads(answer.read()) if answer.status == http.HTTPStatus.OK else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return document if isinstance(document, dict) else None


def load_version(path: Path) -> str | None:
    """Give an engine's version, or None when none answers there."""
    document = ask(path, "/version")
    return str(document["Version"]) if document and "Version" in document else None


def ensure_engine(folders: EngineFolders, runner: Runner) -> str:
    """Make sure that an engine new enough answers; gives its version."""
    version = load_version(folders.socket)
    if version is None:
        if shutil.which("dockerd") is None:
            _install(folders, runner)
        _start(folders, runner)
        version = load_version(folders.socket)
    if version is None:
        raise SetupFailed(f"the Docker Engine at {folders.socket} does not answer; look at its log")
    ensure_new_enough(version)
    _ensure_commands(runner)
    return version


def _ensure_commands(runner: Runner) -> None:
    """Set-up itself asks `docker` and `ip`, which an engine can be without."""
    if shutil.which("docker") is None:
        ensure_packages([], runner, wanted=["docker-cli", "docker-ce-cli", "docker.io"])
    if shutil.which("ip") is None:
        ensure_packages(["iproute2"], runner)


def load_root(path: Path) -> Path:
    """Give the folder in which an engine keeps images and containers."""
    info = ask(path, "/info") or {}
    return Path(str(info.get("DockerRootDir", "/var/lib/docker")))


def ensure_new_enough(version: str) -> None:
    """Refuse an engine older than 20.10."""
    numbers = tuple(
        int(part) for part in version.partition("+")[0].split(".")[:2] if part.isdigit()
    )
    if numbers < OLDEST:
        raise SetupFailed(
            f"Docker Engine {version} is too old: 20.10 or later is needed; upgrade docker.io "
            "(or docker-ce) and run ./allotment up again"
        )


def _install(folders: EngineFolders, runner: Runner) -> None:
    """Install the distribution's engine; live-restore is only set in a file that we make."""
    if not folders.settings.exists():
        folders.settings.parent.mkdir(parents=True, exist_ok=True)
        folders.settings.write_text(json.dumps({"live-restore": True}, indent=2) + "\n")
    ensure_packages(
        ["docker.io", "iptables", "ca-certificates"], runner, wanted=["docker-cli", "docker-buildx"]
    )


def _start(folders: EngineFolders, runner: Runner) -> None:
    if SYSTEMD.exists():
        runner.run(
            ["systemctl", "enable", "--now", "docker.service"],
            "the Docker Engine does not start (see journalctl -u docker)",
        )
        _wait(folders, None)
    else:
        STARTED.append(start_in_background(folders))


def start_in_background(folders: EngineFolders) -> "subprocess.Popen[bytes]":
    """Start an engine without systemd, its output to a log, and wait until it answers."""
    for pid_file in folders.pid_files:
        remove_stale(pid_file)
    folders.log.parent.mkdir(parents=True, exist_ok=True)
    with folders.log.open("a") as log:
        process = subprocess.Popen(
            list(folders.command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
        )
    _wait(folders, process)
    return process


def remove_stale(pid_file: Path) -> bool:
    """Remove a pid file whose number is no engine's any more; no engine would start with it."""
    try:
        pid = int(pid_file.read_text())
    except FileNotFoundError:
        return False
    except ValueError:
        pid = 0
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        name = ""
    if name in ("dockerd", "containerd"):
        return False
    pid_file.unlink(missing_ok=True)
    return True


def _wait(folders: EngineFolders, process: "subprocess.Popen[bytes] | None") -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if load_version(folders.socket):
            return
        if process is not None and process.poll() is not None:
            said = folders.log.read_text(errors="replace").splitlines()[-40:]
            raise SetupFailed(
                f"the Docker Engine does not start: {reason_in(said)} (all of it: {folders.log})"
            )
        time.sleep(0.1)  # a dockerd that starts tells nobody when its socket answers
    raise SetupFailed(f"the Docker Engine did not answer within {START_TIMEOUT_S} s")


def socket_gid(path: Path) -> int:
    """Give the group that may use an engine's socket."""
    return os.stat(path).st_gid
