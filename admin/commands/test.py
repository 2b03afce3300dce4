"""`./allotment test`: set up what the tests need, then run them."""

import typer


def command(context: typer.Context) -> None:
    """Run the tests; everything after `test` is pytest's."""
    typer.echo(str(context.args))
