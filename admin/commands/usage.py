"""`./allotment usage`: what was used, by person or by account."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from admin import output
from admin.opening import open_for_command
from admin.output import AsJson
from admin.parsing import parse_since
from hub import clock
from hub.policy.windows import day_of
from hub.store.usage import load_usage

app = typer.Typer(help="What was used.")

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_MS = 3_600_000

COLUMNS = {
    "KEY": "key",
    "GPU-HOURS": "gpu_hours",
    "HELD": "held_gpu_hours",
    "LEASES": "leases",
}


@app.callback(invoke_without_command=True)
def usage(
    by: Annotated[
        Literal["user", "group", "course"], typer.Option(help="Sum by person, account or course.")
    ] = "user",
    since: Annotated[
        str | None,
        typer.Option(metavar="D", help="A date such as 2026-11-22, or 7d: from that day on."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print GPU time used, and what running servers may still use; without --since, all of it."""
    now = clock.now()
    with output.refusals(as_json):
        house = open_for_command()
        start = BEGINNING if since is None else parse_since(since, house.zone, now)
        with house.database.read() as db:
            found = load_usage(db, by, day_of(start, house.zone))
    items = [
        {"key": r.key, "gpu_ms": r.gpu_ms, "held_gpu_ms": r.held_gpu_ms, "leases": r.leases}
        for r in found
    ]
    if not as_json:
        items = [
            {
                **item,
                "gpu_hours": f"{r.gpu_ms / HOUR_MS:.2f}",
                "held_gpu_hours": f"{r.held_gpu_ms / HOUR_MS:.2f}",
            }
            for item, r in zip(items, found, strict=True)
        ]
    output.show_items(as_json, items, COLUMNS, "nothing was used")
