"""Network namespaces as small machines: threads that enter one, and listeners inside."""

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
CLONE_NEWNET = 0x40000000
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104  # of a namespace
libc = ctypes.CDLL(None, use_errno=True)


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, capture_output=True, text=True)  # a test's own words


@dataclass
class Machine:
    """One network namespace with what listens in it."""

    name: str
    _listeners: list[socket.socket] = field(default_factory=list)

    def start(self) -> None:
        run("ip", "netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    def remove(self) -> None:
        for listener in self._listeners:
            listener.close()
        subprocess.run(
            ["ip", "netns", "delete", self.name], check=False, capture_output=True
        )  # as above

    def ip(self, *words: str) -> None:
        run("ip", "-n", self.name, *words)

    def plug(self, link: str, other: "Machine", peer: str) -> None:
        """Join two machines by a cable."""
        ends = ("link", "add", link, "netns", self.name, "type", "veth", "peer", "name", peer)
        run("ip", *ends, "netns", other.name)

    def inside(self, act: Callable[[], T]) -> T:
        """Do something in this machine: in a thread of its own, which takes its network along."""

        def enter() -> T:
            handle = os.open(Path("/run/netns") / self.name, os.O_RDONLY)
            assert libc.setns(handle, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            os.close(handle)
            return act()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(enter).result()

    def listen(self, address: str, port: int) -> None:
        """Accept connections in this machine; nobody reads them."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = self.inside(lambda: socket.create_server((address, port), family=family))
        self._listeners.append(listener)

    def listen_udp(self, address: str, port: int) -> None:
        """Answer every datagram with itself."""

        def make() -> socket.socket:
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            made.bind((address, port))
            return made

        listener = self.inside(make)
        self._listeners.append(listener)
        threading.Thread(target=_echo, args=(listener,), daemon=True).start()

    def reaches(self, address: str, port: int) -> bool:
        """Say whether a connection from this machine is accepted; 0.3 s is long on one machine."""
        try:
            self.inside(lambda: socket.create_connection((address, port), 0.3)).close()
        except OSError:
            return False
        return True

    def asks(self, address: str, port: int) -> bool:
        """Say whether a datagram from this machine is answered."""

        def ask() -> bool:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                asking.settimeout(0.3)
                asking.sendto(b"name?", (address, port))
                return asking.recv(64) == b"name?"

        try:
            return self.inside(ask)
        except OSError:
            return False


def _echo(listener: socket.socket) -> None:
    while True:
        try:
            data, peer = listener.recvfrom(64)
            listener.sendto(data, peer)
        except OSError:
            return
