"""The machine's packet filter, by the commands of iptables; the only place that calls them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from hub.errors import AllotmentError

LEGACY_TABLES = Path("/proc/net/ip_tables_names")
IPV6 = Path("/proc/net/if_inet6")
PATIENCE = 10.0


class FilterFailed(AllotmentError):
    """The machine's packet filter did not take the rules."""


@dataclass(frozen=True)
class PacketFilter:
    """One family's filter table: `family` is iptables or ip6tables, `backend` nft or legacy."""

    family: str
    backend: str

    def load_listing(self) -> str:
        """Read all chains and rules as `-S` prints them."""
        return _run([f"{self.family}-{self.backend}", "-w", "5", "-S"])

    def apply(self, transaction: str) -> None:
        """Apply a whole transaction or nothing of it."""
        _run([f"{self.family}-{self.backend}-restore", "-w", "5", "--noflush"], transaction)


def find_backend() -> str:
    """Say which of the two backends this machine's Docker writes to; nft where neither shows.

    The old tables are asked only where they are in use: asking would bring them into being.
    """
    names = LEGACY_TABLES.read_text().split() if LEGACY_TABLES.exists() else []
    if "filter" in names and "-N DOCKER" in PacketFilter("iptables", "legacy").load_listing():
        return "legacy"
    return "nft"


def find_filters() -> list[PacketFilter]:
    """Give the filters of the families this machine speaks."""
    backend = find_backend()
    families = ["iptables", "ip6tables"] if IPV6.exists() else ["iptables"]
    return [PacketFilter(family, backend) for family in families]


def _run(command: list[str], text: str | None = None) -> str:
    try:
        done = subprocess.run(  # fixed words, no shell
            command, input=text, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FilterFailed(f"{command[0]}: {error}") from error
    if done.returncode:
        said = done.stderr.strip().replace("\n", "; ")
        raise FilterFailed(f"{command[0]} ended with {done.returncode}: {said}")
    return done.stdout
