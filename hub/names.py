"""Names of people and groups; whatever could collide or mislead is refused."""

import re

from hub.errors import BadValue

NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")

ROOT = "root"
"""The first administrator; made by `up`, claimed like every other name."""

RESERVED_PEOPLE = frozenset({"nobody", "nogroup", "everyone", "site"})
"""Lines of every person's passwd and group files, and words that mean something else here."""

RESERVED_GROUPS = frozenset({"everyone", "site"})
"""The built-in group, and the account of those who are in no group."""


def parse_person_name(text: str) -> str:
    """Give a person's name back, or raise BadValue with one clear line."""
    return _parse(text, RESERVED_PEOPLE)


def parse_group_name(text: str) -> str:
    """Give a group's name back, or raise BadValue with one clear line."""
    return _parse(text, RESERVED_GROUPS)


def is_name(text: str) -> bool:
    """Say whether a text could be anybody's name."""
    return NAME.fullmatch(text) is not None


def shorten(text: str) -> str:
    """Print untrusted text safely, on one line and not too long."""
    safe = ascii(text)[1:-1]
    return safe if len(safe) <= 40 else f"{safe[:40]}... ({len(text)} characters)"


def _parse(text: str, reserved: frozenset[str]) -> str:
    if text in reserved:
        raise BadValue(f"{text}: that name means something else here; choose another")
    if is_name(text):
        return text
    if not text:
        raise BadValue("a name can't be empty")
    if is_name(text.lower()) and text.isascii():
        raise BadValue(f"{text}: names are lower case: try {text.lower()}")
    raise BadValue(
        f"{shorten(text)}: a name is 1 to 32 of a-z, 0-9, - and _, and begins with a letter"
    )
