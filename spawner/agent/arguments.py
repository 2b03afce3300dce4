"""The agent's command line: the one place where its settings come from."""

import argparse
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOCK_FOLDER = Path("/run/lock/allotment")
MOST_SIMULATED = 64


@dataclass(frozen=True)
class Arguments:
    """What an agent is told: where its station lives, and which GPUs to tell about."""

    home: Path
    station: str
    node: str
    simulate: int
    lock_folder: Path
    proc: Path
    gid: int | None
    check: bool

    @property
    def socket_path(self) -> Path:
        """Give the socket that the agent answers on."""
        return self.home / "state/run/agent/agent.sock"

    @property
    def scenario_path(self) -> Path:
        """Give the file that says what simulated GPUs do; it need not be there."""
        return self.home / "state/run/agent/scenario.toml"

    @property
    def token_path(self) -> Path:
        """Give the file with the token that callers show."""
        return self.home / "state/secrets/agent/token"


def parse_arguments(words: Sequence[str]) -> Arguments:
    """Turn the words of the command line into arguments; wrong usage ends with status 2."""
    parser = argparse.ArgumentParser(prog="spawner.agent", description=__doc__)
    parser.add_argument("--home", type=_folder, required=True, help="ALLOTMENT_HOME")
    parser.add_argument("--station", type=_station, required=True, help="the station's id")
    parser.add_argument("--node", default=socket.gethostname(), help="this machine's name")
    parser.add_argument(
        "--simulate", type=_count, default=0, help="tell about N simulated GPUs, not about NVML's"
    )
    parser.add_argument("--lock-folder", type=_folder, default=LOCK_FOLDER)
    parser.add_argument("--proc", type=_folder, default=Path("/proc"), help="the host's /proc")
    parser.add_argument("--gid", type=int, help="the group that may connect")
    parser.add_argument("--check", action="store_true", help="ask a running agent how it is")
    return Arguments(**vars(parser.parse_args(words)))


def _folder(word: str) -> Path:
    if not word.startswith("/"):
        raise argparse.ArgumentTypeError("must be an absolute path")
    return Path(word)


def _station(word: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", word):
        raise argparse.ArgumentTypeError("must be a station's id")
    return word


def _count(word: str) -> int:
    if not word.isascii() or not word.isdigit() or int(word) > MOST_SIMULATED:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to {MOST_SIMULATED}")
    return int(word)
