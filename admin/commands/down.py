"""`./allotment down`: stop this station; people's files stay."""

from typing import Annotated

import typer

from admin.setup.down import lower_station
from admin.setup.progress import Progress
from hub.settings import load_home


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Stop the units and everybody's servers; files, settings and accounts stay."""
    lower_station(load_home(), Progress())
    if as_json:
        typer.echo('{"down": true}')
