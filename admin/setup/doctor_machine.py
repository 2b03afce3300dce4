"""Doctor's look at the machine: what a station needs of it, station or not."""

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from admin.setup import base_image, checks, engine, gpu_access
from admin.setup.apt import is_installed
from admin.setup.failure import SetupFailed
from admin.setup.findings import Finding, judge
from admin.setup.programs import answer

WORKING_GIB = 5
MEMORY_GIB = 4
KIB_PER_GIB = 1024 * 1024


def check_machine(home: Path) -> Iterator[Finding]:
    """Check the machine; nothing is changed."""
    yield judge("root", os.geteuid() == 0, "doctor runs as root", "sudo ./allotment doctor")
    yield _platform()
    yield _space("disk", home, WORKING_GIB)
    yield _memory()
    yield from _engine()


def _platform() -> Finding:
    try:
        checks.ensure_platform()
    except SetupFailed as problem:
        return Finding("platform", False, "error", str(problem), "use a Linux machine of that kind")
    return Finding("platform", True, "info", "Linux on a processor there are images for")


def _space(code: str, folder: Path, needed_gib: float) -> Finding:
    free = checks.free_gib_at(folder)
    message = f"{free:.1f} GiB free on the disk of {folder}"
    return judge(code, free >= needed_gib, message, f"make room: {needed_gib:g} GiB at least")


def _memory() -> Finding:
    rows = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    gib = int(rows["MemTotal"].split()[0]) / KIB_PER_GIB
    message = f"{gib:.1f} GiB of memory"
    remedy = "a machine with more memory: each server wants servers.memory_gib of it"
    return judge("memory", gib >= MEMORY_GIB, message, remedy, severity="warning")


def _engine() -> Iterator[Finding]:
    socket = engine.EngineFolders().socket
    version = engine.load_version(socket)
    message = f"Docker Engine {version} answers" if version else f"no engine answers at {socket}"
    yield judge("engine", version is not None, message, "./allotment up")
    if version is None:
        return
    yield _engine_version(version)
    info = engine.ask(socket, "/info") or {}
    yield judge(
        "live-restore",
        info.get("LiveRestoreEnabled") is True,
        "running servers outlive a restart of the engine: live-restore "
        + ("is on" if info.get("LiveRestoreEnabled") else "is off"),
        'set "live-restore": true in /etc/docker/daemon.json and reload the engine',
        severity="warning",
    )
    limits = info.get("MemoryLimit") is True and info.get("PidsLimit") is True
    yield judge(
        "limits",
        limits,
        f"the kernel {'enforces' if limits else 'does not enforce'} memory and process limits",
        "boot with cgroup_enable=memory, or with cgroup v2",
    )
    yield _space("engine-disk", engine.load_root(socket), WORKING_GIB)
    yield _at_boot()
    yield judge(
        "base-image",
        base_image.has_image(base_image.BASE),
        f"the base image {base_image.BASE}",
        "./allotment up",
        severity="warning",
    )
    for finding in gpu_access.choose_access(socket, version).findings:
        yield Finding(**asdict(finding))


def _engine_version(version: str) -> Finding:
    try:
        engine.ensure_new_enough(version)
    except SetupFailed as problem:
        return Finding("engine-version", False, "error", str(problem), "upgrade docker.io")
    return Finding("engine-version", True, "info", f"{version} is new enough")


def _at_boot() -> Finding:
    """After a power cut the station comes back only if something starts the engine."""
    remedy = "systemctl enable docker"
    if not engine.SYSTEMD.exists():
        message = "nothing starts the engine at boot here (no systemd)"
        remedy = "run ./allotment up after a boot"
        return Finding("engine-at-boot", False, "warning", message, remedy)
    word = answer(["systemctl", "is-enabled", "docker.service"]) or "not known"
    known = word == "enabled" or not is_installed("docker.io")
    return judge("engine-at-boot", known, f"the engine's start at boot is {word}", remedy)
