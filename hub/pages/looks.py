"""Our own style sheets, scripts and pictures: where they lie and under which address."""

import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "static"
TEMPLATES = Path(__file__).parents[1] / "templates"


def address(base_url: str, name: str) -> str:
    """Give the address of one of our files; it changes with the content, so it may be cached."""
    return f"{base_url}look/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
