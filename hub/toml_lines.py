"""Where in a TOML text a key stands, for error messages; it parses nothing else."""

import re

TABLE = re.compile(r"^\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]")
KEY = re.compile(r"""^\s*(?P<name>(?:"[^"]*"|'[^']*'|[A-Za-z0-9_.\-\s])+?)\s*=""")
PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_\-]+)""")


def line_of(text: str, keys: list[str]) -> int | None:
    """Give the line of a key, or of the nearest table around it; None where neither is written."""
    best, best_length = None, 0
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if opened := TABLE.match(line):
            table = _parts(opened["name"])
            here = table
        elif assigned := KEY.match(line):
            here = table + _parts(assigned["name"])
        else:
            continue
        if here == keys[: len(here)] and len(here) > best_length:
            best, best_length = number, len(here)
    return best


def _parts(dotted: str) -> list[str]:
    return [double or single or bare for double, single, bare in PART.findall(dotted)]
