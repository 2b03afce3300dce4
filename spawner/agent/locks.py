"""Locks that make a real GPU belong to one station: a file for each card, held while we live.

A file under `/run/lock/allotment` is named after the card, holds the id of its station, and is
locked (flock) by that station's agent. The kernel lets go of the lock when the agent ends, so
another station may take a card over, but only after it found the lock free for two minutes:
an agent that is merely restarted keeps its cards. The folder is emptied by a reboot.
"""

import fcntl
import os
import re
from pathlib import Path

STATION = re.compile(r"[0-9A-Za-z_-]{1,64}")
FILE_NAME = re.compile(r"[0-9A-Za-z._-]{1,128}")
FREE_FOR_S = 120.0


class CardLocks:
    """The cards that this station holds; one instance a process, for one thread."""

    def __init__(self, folder: Path, station: str) -> None:
        if not STATION.fullmatch(station):
            raise ValueError("a station's id has letters and digits only")
        self._folder = folder
        self._station = station
        self._held: dict[str, int] = {}
        self._free_since: dict[str, float] = {}

    def refusal(self, card_uuid: str, seconds: float) -> str | None:
        """Take the card for this station, and say why not when it is not to be had.

        `seconds` is time since boot. Calling it again for a card that is held costs nothing.
        """
        if card_uuid in self._held:
            return None
        if not FILE_NAME.fullmatch(card_uuid) or set(card_uuid) == {"."}:
            return "its UUID can't be a file's name, so it can't be locked"
        try:
            lock = self._open(card_uuid)
        except OSError as error:
            return f"can't be locked for this station: {error.strerror}"
        reason = self._try(lock, card_uuid, seconds)
        if reason is not None:
            os.close(lock)
        return reason

    def close(self) -> None:
        """Let go of all cards."""
        for lock in self._held.values():
            os.close(lock)
        self._held.clear()

    def _open(self, card_uuid: str) -> int:
        """Open the card's file, made where there is none; never through a link.

        Stations have agents of different uids, hence the modes; opening what exists without
        O_CREAT is what fs.protected_regular asks for in a sticky folder.
        """
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o1777)
        path, flags = self._folder / card_uuid, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            lock = os.open(path, flags | os.O_CREAT, 0o666)
            os.fchmod(lock, 0o666)
            return lock

    def _try(self, lock: int, card_uuid: str, seconds: float) -> str | None:
        owner = os.pread(lock, 64, 0).decode("ascii", "replace").strip()
        foreign = owner not in ("", self._station)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._free_since.pop(card_uuid, None)
            return f"belongs to station {owner}" if foreign else "being locked by another agent"
        if foreign and not self._free_long_enough(card_uuid, seconds):
            return f"belongs to station {owner}"
        os.ftruncate(lock, 0)
        os.pwrite(lock, self._station.encode(), 0)
        self._held[card_uuid] = lock
        return None

    def _free_long_enough(self, card_uuid: str, seconds: float) -> bool:
        since = self._free_since.setdefault(card_uuid, seconds)
        return seconds - since >= FREE_FOR_S
