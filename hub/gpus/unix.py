"""Addresses of unix sockets whose path is longer than the 108 bytes the kernel takes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """Give a short address for a socket; valid inside the block only, for bind or connect.

    The kernel resolves the folder through an open descriptor, so its depth does not matter.
    Raises OSError when the folder does not exist.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
