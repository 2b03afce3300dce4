"""`./allotment doctor`: what is wrong with the machine or the station, each with its remedy."""

import json
from typing import Annotated

import typer

from hub.settings import load_home


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check the machine and the station."""
    typer.echo(json.dumps({"items": [], "home": str(load_home())}) if as_json else "")
