"""The units' secrets: made once, each unit's copy readable by that unit alone."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from admin.setup.folders import ensure_folder
from hub.station import Uids

RANDOM_BYTES = 32
PRIVATE = 0o600
ROOT_UID = 0

SHARED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "cookie_secret": (("hub", "cookie_secret"),),
    "proxy_api": (("hub", "proxy_api"), ("proxy", "proxy_api")),
    "steward_token": (("hub", "steward_token"), ("steward", "steward_token")),
    "agent_token": (("agent", "token"), ("hub", "agent_token"), ("steward", "agent_token")),
}
"""Each secret with its holders: (unit, file name)."""


def ensure_secrets(folder: Path, uids: Uids, gid: int) -> None:
    """Make what is missing; a secret that one holder has is given to its other holders."""
    owners = {"hub": uids.hub, "steward": uids.steward, "agent": uids.agent, "proxy": ROOT_UID}
    for unit, uid in owners.items():
        ensure_folder(folder / unit, 0o700, uid=uid, gid=gid if uid else 0)
    for holders in SHARED.values():
        files = [(folder / unit / name, owners[unit]) for unit, name in holders]
        value = next(filter(None, (_read(path) for path, _ in files)), None)
        value = value or secrets.token_hex(RANDOM_BYTES)
        for path, uid in files:
            _ensure_file(path, value, uid)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def _ensure_file(path: Path, value: str, uid: int) -> None:
    if _read(path) != value:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(value + "\n")
    os.chown(path, uid, -1, follow_symlinks=False)
    path.chmod(PRIVATE)
