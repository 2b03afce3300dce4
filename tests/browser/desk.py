"""A desk of its own for the browser: a network namespace, as if it were another machine.

Chromium ends every open request when an address of its machine changes, and each container that
starts or stops brings one; people's browsers are on other machines.
"""

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid
from pathlib import Path

NEAR, FAR = "10.213.77.1", "10.213.77.2"


@contextmanager
def browser_desk(chromium: str, folder: Path) -> Iterator[str]:
    """Give the path of a program that is this Chromium at a desk of its own; needs root."""
    name = f"desk{getpid()}"
    near, far = f"{name}n"[:15], f"{name}f"[:15]
    inside = ["nsenter", f"--net=/run/netns/{name}"]
    _clear_away()
    try:
        _run("ip", "netns", "add", name)
        _run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        _run("ip", "addr", "add", f"{NEAR}/30", "dev", near)
        _run("ip", "link", "set", near, "up")
        _run(*inside, "ip", "link", "set", "lo", "up")
        _run(*inside, "ip", "addr", "add", f"{FAR}/30", "dev", far)
        # An IPv6 address that comes by itself a second later would be such a change.
        _run(*inside, "ip", "link", "set", far, "addrgenmode", "none")
        _run(*inside, "ip", "link", "set", far, "up")
        _run(*inside, "ip", "route", "add", "default", "via", NEAR)
        program = folder / "chromium"
        program.write_text(f'#!/bin/sh\nexec {shlex.join([*inside, chromium])} "$@"\n')
        program.chmod(0o755)
        yield str(program)
    finally:
        subprocess.run(["ip", "link", "del", near], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def _clear_away() -> None:
    """Remove the desks of runs that were killed: one of them would still have this address."""
    for left in Path("/run/netns").glob("desk*"):
        number = left.name.removeprefix("desk")
        if not Path(f"/proc/{number}").exists():
            subprocess.run(["ip", "link", "del", f"{left.name}n"], check=False, capture_output=True)
            subprocess.run(["ip", "netns", "del", left.name], check=False, capture_output=True)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
