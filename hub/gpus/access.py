"""How a GPU reaches a container on one node: chosen from facts that the caller found, and proved.

Pure: it reads no file and asks no engine. The two ways are in the design: `cdi` asks the engine
for `nvidia.com/gpu=<UUID>`; `hook` is a device request by UUID on older engines, where NVIDIA's
hook reads NVIDIA_VISIBLE_DEVICES. `none` means that no container gets a real GPU here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Mode = Literal["cdi", "hook", "none"]
Severity = Literal["error", "warning", "info"]

CDI_SINCE = (25, 0)
TOOLKIT_ABOVE = (1, 17, 7)
"""Container toolkits up to this one let a container's image run code as root on the machine."""
ENVVAR = "accept-nvidia-visible-devices-envvar-when-unprivileged"
SET_ENVVAR = f"nvidia-ctk config --in-place --set {ENVVAR}="


@dataclass(frozen=True)
class NodeFacts:
    """What was found on a node.

    `gpus` are the UUIDs of its real GPUs and MIG slices. `cdi_folders` is CDISpecDirs of
    `docker info`; `cdi_devices` are the full names that the specifications there define.
    `hook` says that nvidia-container-runtime-hook is on the engine's PATH. `envvar` is the
    toolkit's accept-nvidia-visible-devices-envvar-when-unprivileged. None is: not known.
    """

    gpus: tuple[str, ...]
    engine_version: str
    cdi_folders: tuple[str, ...] = ()
    cdi_devices: tuple[str, ...] = ()
    default_runtime: str = "runc"
    hook: bool = False
    envvar: bool | None = None
    toolkit_version: str | None = None


@dataclass(frozen=True)
class Finding:
    """One reason for or against, in the shape of doctor's items; `remedy` is None when `ok`."""

    code: str
    ok: bool
    severity: Severity
    message: str
    remedy: str | None = None


@dataclass(frozen=True)
class Access:
    """The way that was chosen and everything that was looked at, passed or not."""

    mode: Mode
    findings: tuple[Finding, ...]


def choose(facts: NodeFacts) -> Access:
    """Choose the way: CDI where everything for it is there, else the hook, else none."""
    if not facts.gpus:
        return Access("none", (Finding("gpu-none", True, "info", "this node has no real GPU"),))
    toolkit = _judge_toolkit(facts)
    cdi = (_judge_engine(facts), _judge_folders(facts), _judge_devices(facts))
    hook = (_judge_hook(facts), _judge_default_runtime(facts), _judge_envvar_for_hook(facts))
    usable = toolkit.ok or toolkit.severity != "error"
    if usable and all(finding.ok for finding in cdi):
        return Access("cdi", (toolkit, *cdi, _judge_envvar_for_cdi(facts)))
    if usable and all(finding.ok for finding in hook):
        return Access("hook", (toolkit, *_softened(cdi), *hook))
    return Access("none", (toolkit, *cdi, *hook))


def prove(access: Access, asked: Iterable[str], seen: Iterable[str]) -> Access:
    """Judge a trial container: it must have seen exactly the GPUs that were asked for.

    Where it did not, the way does not work here, whatever the facts said: mode `none`.
    """
    wanted, found = frozenset(asked), frozenset(seen)
    if wanted == found:
        passed = Finding("gpu-trial", True, "info", "a trial container saw exactly its GPU")
        return replace(access, findings=(*access.findings, passed))
    message = f"a trial container asked for {_names(wanted)} by {access.mode} saw {_names(found)}"
    failed = Finding("gpu-trial", False, "error", message, "reinstall the NVIDIA container toolkit")
    return Access("none", (*access.findings, failed))


def parse_card_uuid(information: str) -> str | None:
    """Find the UUID in the text of /proc/driver/nvidia/gpus/<address>/information."""
    found = re.search(r"^GPU UUID:\s*(GPU-[0-9a-f-]+)\s*$", information, re.MULTILINE)
    return found[1] if found else None


def parse_cdi_devices(specification: str) -> tuple[str, ...]:
    """List the full names of the GPUs in a CDI specification, JSON or YAML as nvidia-ctk writes it.

    Only the `name` lines are looked at: the file is checked in full by the engine that uses it.
    """
    if not re.search(r"""\bkind["']?\s*:\s*["']?nvidia\.com/gpu\b""", specification):
        return ()
    names = re.findall(r"""\bname["']?\s*:\s*["']?([0-9A-Za-z:_.-]+)""", specification)
    return tuple(f"nvidia.com/gpu={name}" for name in names)


def _judge_toolkit(facts: NodeFacts) -> Finding:
    floor = ".".join(map(str, TOOLKIT_ABOVE))
    remedy = f"install an NVIDIA container toolkit newer than {floor}"
    found = _version(facts.toolkit_version or "")
    if found is None:
        message = "the version of the NVIDIA container toolkit is not known"
        return Finding("gpu-toolkit", False, "warning", message, remedy)
    message = f"NVIDIA container toolkit {facts.toolkit_version}, needed: newer than {floor}"
    return _finding("gpu-toolkit", found > TOOLKIT_ABOVE, message, remedy)


def _judge_engine(facts: NodeFacts) -> Finding:
    found = _version(facts.engine_version)
    ok = found is not None and found >= CDI_SINCE
    message = f"Docker Engine {facts.engine_version or 'unknown'}, CDI is in 25.0 and later"
    return _finding("cdi-engine", ok, message, "install a current Docker Engine")


def _judge_folders(facts: NodeFacts) -> Finding:
    folders = ", ".join(facts.cdi_folders)
    message = f"the engine reads CDI specifications from {folders or 'nowhere'}"
    remedy = 'set "features": {"cdi": true} in /etc/docker/daemon.json and restart the engine'
    return _finding("cdi-enabled", bool(folders), message, remedy)


def _judge_devices(facts: NodeFacts) -> Finding:
    named = frozenset(facts.cdi_devices)
    missing = [uuid for uuid in facts.gpus if f"nvidia.com/gpu={uuid}" not in named]
    remedy = (
        "nvidia-ctk cdi generate --device-name-strategy=uuid --output=/etc/cdi/nvidia.yaml, "
        "again after every change of driver or MIG"
    )
    message = f"no CDI specification names {_names(missing)}"
    if not missing:
        message = "the CDI specifications name every GPU by its UUID"
    return _finding("cdi-devices", not missing, message, remedy)


def _judge_hook(facts: NodeFacts) -> Finding:
    message = f"nvidia-container-runtime-hook is {'' if facts.hook else 'not '}on the engine's PATH"
    return _finding("hook-present", facts.hook, message, "install the NVIDIA container toolkit")


def _judge_default_runtime(facts: NodeFacts) -> Finding:
    message = f"Docker's default runtime is {facts.default_runtime}"
    remedy = 'remove "default-runtime": "nvidia" from /etc/docker/daemon.json, restart the engine'
    return _finding("hook-default-runtime", facts.default_runtime != "nvidia", message, remedy)


def _judge_envvar_for_hook(facts: NodeFacts) -> Finding:
    """The toolkit's own default is true, so a setting that is not known passes."""
    message = f"{ENVVAR} is {_word(facts.envvar)}, the hook needs true"
    return _finding("hook-envvar", facts.envvar is not False, message, f"{SET_ENVVAR}true")


def _judge_envvar_for_cdi(facts: NodeFacts) -> Finding:
    """With CDI nobody may reach a GPU by a variable of their own; only a known false is safe."""
    message = f"{ENVVAR} is {_word(facts.envvar)}, CDI needs false"
    return _finding("cdi-envvar", facts.envvar is False, message, f"{SET_ENVVAR}false")


def _finding(code: str, ok: bool, message: str, remedy: str) -> Finding:
    if ok:
        return Finding(code, True, "info", message)
    return Finding(code, False, "error", message, remedy)


def _softened(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What stood against CDI is no error where the hook works."""
    return tuple(
        finding if finding.ok else replace(finding, severity="info") for finding in findings
    )


def _version(text: str) -> tuple[int, ...] | None:
    found = re.match(r"v?(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in found[1].split(".")) if found else None


def _names(uuids: Iterable[str]) -> str:
    return ", ".join(sorted(uuids)) or "none"


def _word(value: bool | None) -> str:
    return "not known" if value is None else str(value).lower()
