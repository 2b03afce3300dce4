"""How a real GPU of this machine reaches a container: the facts found here, judged by hub.gpus."""

import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from admin.setup.engine import ask
from admin.setup.failure import SetupFailed
from admin.setup.programs import answer
from hub.gpus.access import (
    ENVVAR,
    Access,
    NodeFacts,
    choose,
    parse_card_uuid,
    parse_cdi_devices,
    prove,
)

HOOK = "nvidia-container-runtime-hook"
CARDS = Path("/proc/driver/nvidia/gpus")
TOOLKIT_SETTINGS = Path("/etc/nvidia-container-runtime/config.toml")
LISTED = re.compile(r"UUID:\s*((?:GPU|MIG)-[0-9A-Za-z/-]+)")


def load_gpu_uuids(cards: Path = CARDS) -> tuple[str, ...]:
    """Give the GPUs that can be dealt out: slices in place of a card that is cut into them."""
    if not cards.is_dir():
        return ()
    listed = answer(["nvidia-smi", "-L"])
    if listed is None:
        texts = (path.read_text() for path in sorted(cards.glob("*/information")))
        return tuple(uuid for uuid in map(parse_card_uuid, texts) if uuid)
    return parse_listed(listed)


def parse_listed(listed: str) -> tuple[str, ...]:
    """Read `nvidia-smi -L`, where the slices of a card stand below it."""
    found: list[str] = []
    for uuid in LISTED.findall(listed):
        if uuid.startswith("MIG-") and found and found[-1].startswith("GPU-"):
            found.pop()
        found.append(uuid)
    return tuple(found)


def load_facts(engine_socket: Path, engine_version: str) -> NodeFacts:
    """Find out what hub.gpus needs to know of this node."""
    info = ask(engine_socket, "/info") or {}
    listed = info.get("CDISpecDirs")
    folders = tuple(map(str, listed)) if isinstance(listed, list) else ()
    settings = _load_toolkit_settings()
    return NodeFacts(
        gpus=load_gpu_uuids(),
        engine_version=engine_version,
        cdi_folders=folders,
        cdi_devices=tuple(_load_cdi_devices(folders)),
        default_runtime=str(info.get("DefaultRuntime", "runc")),
        hook=shutil.which(HOOK) is not None,
        envvar=_as_bool(settings.get(ENVVAR)),
        toolkit_version=_load_toolkit_version(),
    )


def choose_access(engine_socket: Path, engine_version: str) -> Access:
    """Choose the way from facts alone; no container is started."""
    return choose(load_facts(engine_socket, engine_version))


def ensure_runtime(access: Access, engine_socket: Path) -> None:
    """Refuse the hook's way where the agent could not come to the driver by it."""
    runtimes = (ask(engine_socket, "/info") or {}).get("Runtimes")
    if access.mode == "hook" and not (isinstance(runtimes, dict) and "nvidia" in runtimes):
        raise SetupFailed(
            "the engine does not know NVIDIA's runtime: nvidia-ctk runtime configure "
            "--runtime=docker, restart the engine, then run ./allotment up again"
        )


def prove_access(access: Access, image: str, gpus: tuple[str, ...]) -> Access:
    """Start a trial container that asks for the first GPU, and see what it sees."""
    if access.mode == "none" or not gpus:
        return access
    asked = gpus[0]
    by_device = ["--device", f"nvidia.com/gpu={asked}"]
    by_request = ["--gpus", f'"device={asked}"', "--env", "NVIDIA_DRIVER_CAPABILITIES=utility"]
    listed = answer(
        [
            *("docker", "run", "--rm", "--network=none", "--pull=never"),
            *(by_device if access.mode == "cdi" else by_request),
            *("--entrypoint", "nvidia-smi", image, "-L"),
        ]
    )
    return prove(access, [asked], parse_listed(listed or ""))


def _load_cdi_devices(folders: tuple[str, ...]) -> Iterator[str]:
    for folder in map(Path, folders):
        for path in sorted(folder.glob("*")) if folder.is_dir() else []:
            if path.suffix in (".json", ".yaml", ".yml"):
                yield from parse_cdi_devices(path.read_text(errors="replace"))


def _load_toolkit_settings() -> Mapping[str, object]:
    try:
        return tomllib.loads(TOOLKIT_SETTINGS.read_text())
    except (OSError, ValueError):
        return {}


def _load_toolkit_version() -> str | None:
    said = answer(["nvidia-ctk", "--version"]) or ""
    found = re.search(r"version v?(\d+\.\d+\.\d+)", said)
    return found[1] if found else None


def _as_bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
