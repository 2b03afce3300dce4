"""The command line, put together from one file a noun; every error is one line and status 1."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

import typer

from admin import output

PROGRAM = "./allotment"
NOUNS = (
    "user",
    "group",
    "quota",
    "lease",
    "request",
    "queue",
    "reservation",
    "usage",
    "dataset",
    "demo",
    "image",
    "network",
    "audit",
    "bench",
)
"""Each is admin/commands/<noun>.py with a typer application named `app`."""
WRONG_USAGE = 2
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""For a command whose words are another program's."""
SINGLE = ("up", "down", "status", "doctor", "test", "statement")
"""Each is admin/commands/<name>.py with a function named `command`."""


def build_app(words: Sequence[str] = ()) -> typer.Typer:
    """Put the application together; of a command that is named no other is loaded."""
    app = typer.Typer(
        help="Multi-user GPU notebooks for agricultural research stations.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    named = words[0] if words else ""
    every = named not in (*SINGLE, *NOUNS)
    for name in SINGLE:
        if every or name == named:
            passed_on = PASSED_ON if name == "test" else None
            function = import_module(f"admin.commands.{name}").command
            app.command(name, context_settings=passed_on, add_help_option=not passed_on)(function)
    for noun in NOUNS:
        if (every or noun == named) and find_spec(f"admin.commands.{noun}"):
            app.add_typer(import_module(f"admin.commands.{noun}").app, name=noun)
    app.callback()(lambda: None)  # without one typer takes a lone command's name away
    return app


def main(words: Sequence[str] | None = None) -> None:
    """Run one command and leave the process with its exit status."""
    words = list(sys.argv[1:] if words is None else words)
    sys.exit(run(words))


def run(words: Sequence[str]) -> int:
    """Run one command; gives its exit status: 0 done, 1 refused or failed, 2 wrong usage."""
    command = typer.main.get_command(build_app(words))
    try:
        with output.refusals("--json" in words):
            command.main(list(words), prog_name=PROGRAM)
    except typer.Exit as ended:
        return ended.exit_code
    except SystemExit as ended:  # typer's own end: 0, 2 for wrong usage, 130 for an interrupt
        status = ended.code if isinstance(ended.code, int) else 1
        if status == WRONG_USAGE and "--json" in words:
            output.show_error("usage", "wrong usage: standard error says what was expected")
        return status
    return 0
