"""Where a dataset may be taken from: below incoming/ of the home, or a root of allotment.toml."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.dataset_walk import LIST, shown
from hub.errors import NotFound, Refused
from hub.house import House


@contextmanager
def open_source(house: House, path: Path) -> Iterator[int]:
    """Open a folder below an allowed root, step by step from that root and through no link.

    Raises Refused or NotFound, naming the path.
    """
    root, below = find_root(house, path)
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in below.parts:
            inner = _step(fd, part, path)
            os.close(fd)
            fd = inner
        yield fd
    finally:
        os.close(fd)


def find_root(house: House, path: Path) -> tuple[Path, Path]:
    """Give the allowed root that holds a path once every link is resolved, and the way below it.

    Raises Refused for everything that lies outside, or is reached by a link below a root.
    """
    roots = _roots(house)
    given = Path(os.path.abspath(path))
    real = Path(os.path.realpath(path))
    root = next((root for root in roots if real.is_relative_to(root)), None)
    if root is None or _touches_station(house, real):
        leads = f" leads to {shown(str(real))}, which" if real != Path(path) else ""
        allowed = " or ".join(shown(str(root)) for root in roots)
        raise Refused(f"{shown(str(path))}{leads} is not a folder below {allowed}")
    for step in (given, *given.parents):
        inside = any(Path(os.path.realpath(step.parent)).is_relative_to(root) for root in roots)
        if inside and step.is_symlink():
            raise Refused(f"{shown(str(step))} is a symbolic link")
    return root, real.relative_to(root)


def _roots(house: House) -> list[Path]:
    named = [str(house.station.home / "incoming"), *house.settings.storage.dataset_roots]
    return [Path(os.path.realpath(root)) for root in named]


def _touches_station(house: House, real: Path) -> bool:
    """Say whether a folder is, holds or lies in the station's own, incoming/ below it apart."""
    home = Path(os.path.realpath(house.station.home))
    incoming = Path(os.path.realpath(house.station.home / "incoming"))
    if real != incoming and real.is_relative_to(incoming):
        return False
    return real.is_relative_to(home) or home.is_relative_to(real)


def _step(fd: int, part: str, path: Path) -> int:
    try:
        return os.open(part, LIST, dir_fd=fd)
    except FileNotFoundError:
        raise NotFound(f"{shown(str(path))}: there is no such folder") from None
    except OSError as error:
        raise Refused(f"{shown(str(path))} is not a folder: {error.strerror}") from None
