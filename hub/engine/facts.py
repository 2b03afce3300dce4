"""What the engine says of a container, parsed once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ALIVE = ("running", "paused", "restarting")


@dataclass(frozen=True)
class Container:
    """One container as inspected; `address` is "" while it has none on the users' network."""

    id: str
    name: str
    status: str
    exit_code: int
    labels: Mapping[str, str]
    addresses: Mapping[str, str]
    pid: int

    @property
    def running(self) -> bool:
        """Say whether its processes live, be they frozen or being restarted."""
        return self.status in ALIVE


@dataclass(frozen=True)
class Listed:
    """One container as the engine lists it, without asking about each."""

    id: str
    name: str
    status: str
    labels: Mapping[str, str]

    @property
    def running(self) -> bool:
        """Say whether its processes live."""
        return self.status in ALIVE


def parse_listed(answer: Mapping[str, Any]) -> Listed:
    """Turn an entry of the engine's list into a record."""
    names = answer.get("Names") or [""]
    return Listed(answer["Id"], names[0].lstrip("/"), answer["State"], answer.get("Labels") or {})


def parse_container(answer: Mapping[str, Any]) -> Container:
    """Turn the engine's inspect answer into a record."""
    networks = answer.get("NetworkSettings", {}).get("Networks") or {}
    return Container(
        id=answer["Id"],
        name=answer["Name"].lstrip("/"),
        status=answer["State"]["Status"],
        exit_code=int(answer["State"]["ExitCode"]),
        labels=answer["Config"].get("Labels") or {},
        addresses={name: net.get("IPAddress") or "" for name, net in networks.items()},
        pid=int(answer["State"].get("Pid") or 0),
    )
