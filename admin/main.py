"""The command line, put together from one file a noun; every error is one line and status 1."""

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer

from hub.errors import AllotmentError

PROGRAM = "./allotment"
NOUNS = (
    "user",
    "group",
    "quota",
    "lease",
    "usage",
    "dataset",
    "demo",
    "image",
    "network",
    "audit",
    "bench",
)
"""Each is admin/commands/<noun>.py with a typer application named `app`."""
SINGLE = ("up", "down", "status", "doctor", "test")
"""Each is admin/commands/<name>.py with a function named `command`."""


def build_app() -> typer.Typer:
    """Put the application together from what is there."""
    app = typer.Typer(
        help="Multi-user GPU notebooks for agricultural research stations.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name in SINGLE:
        app.command(name)(import_module(f"admin.commands.{name}").command)
    for noun in NOUNS:
        if find_spec(f"admin.commands.{noun}"):
            app.add_typer(import_module(f"admin.commands.{noun}").app, name=noun)
    return app


def main(words: Sequence[str] | None = None) -> None:
    """Run one command and leave the process with its exit status."""
    words = list(sys.argv[1:] if words is None else words)
    sys.exit(run(words))


def run(words: Sequence[str]) -> int:
    """Run one command; gives its exit status: 0 done, 1 refused or failed, 2 wrong usage."""
    as_json = "--json" in words
    try:
        typer.main.get_command(build_app()).main(list(words), prog_name=PROGRAM)
    except SystemExit as ended:  # typer's own end: 0, 2 for wrong usage, 130 for an interrupt
        return ended.code if isinstance(ended.code, int) else 1
    except AllotmentError as error:
        return fail(error, as_json=as_json)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return fail(AllotmentError(f"{error.strerror or error}{where}"), as_json=as_json)
    return 0


def fail(error: AllotmentError, *, as_json: bool) -> int:
    """Say in one line, or one JSON document, why a command was refused or failed."""
    if as_json:
        print(json.dumps({"error": build_error(error)}, ensure_ascii=False))
    else:
        print(f"allotment: {' '.join(str(error).split())}", file=sys.stderr)
    return 1


def build_error(error: AllotmentError) -> dict[str, Any]:
    """Give an error as the command contract writes it; most have no reasons of policy."""
    kind = type(error).__name__
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in kind)
    code = getattr(error, "code", None) or words.lstrip("-")
    return {"code": code, "message": str(error), "reasons": getattr(error, "reasons", None) or []}
