"""How every command answers: JSON or lines on standard output, a refusal with status 1.

One JSON document for --json, whatever happens; everything else for people.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import AllotmentError

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

REFUSED = 1


def show(as_json: bool, document: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Print what a command has to say, as the one document or as lines."""
    if as_json:
        show_json(document)
        return
    for line in lines:
        typer.echo(line)


def show_items(
    as_json: bool, items: Sequence[Mapping[str, Any]], columns: Mapping[str, str], none: str
) -> None:
    """Print a list: `columns` names an item's keys by their heading, `none` says it is empty."""
    if as_json:
        show_json({"items": items})
        return
    if not items:
        typer.echo(none)
        return
    rows = [[cell(item[key]) for key in columns.values()] for item in items]
    for line in table(list(columns), rows):
        typer.echo(line)


def show_json(document: Mapping[str, Any]) -> None:
    """Print the one JSON document of a command."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out rows below their headings, columns two spaces apart."""
    widths = [max(len(row[n]) for row in (headings, *rows)) for n in range(len(headings))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (headings, *rows)
    ]


def cell(value: object) -> str:
    """Print one value of a list for people."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(cell(part) for part in value) or "-"
    return str(value)


@contextmanager
def refusals(as_json: bool) -> Iterator[None]:
    """End with status 1 and one line, or the error document, when what is inside is refused."""
    try:
        yield
    except AllotmentError as error:
        refuse(as_json, code_of(error), str(error))
    except SQLAlchemyError as error:
        first = str(error).split("\n", 1)[0]
        refuse(as_json, "database", f"the station's database can't be used: {first}")
    except OSError as error:
        refuse(as_json, "machine", str(error))


def show_error(code: str, message: str, reasons: Sequence[Mapping[str, Any]] = ()) -> None:
    """Print the one JSON document of a command that did not do what was asked."""
    show_json({"error": {"code": code, "message": message, "reasons": list(reasons)}})


def refuse(
    as_json: bool, code: str, message: str, reasons: Sequence[Mapping[str, Any]] = ()
) -> NoReturn:
    """Say why not, and end with status 1; each reason as `hub.shapes` gives it."""
    if as_json:
        show_error(code, message, reasons)
    else:
        sys.stderr.write(f"allotment: {message}\n")
    raise typer.Exit(REFUSED)


def code_of(error: AllotmentError) -> str:
    """Name an error by its class, as codes are written: AlreadyExists is already-exists."""
    name = type(error).__name__
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
