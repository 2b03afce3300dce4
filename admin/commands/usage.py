"""`./allotment usage`: what was used, by person or by account, and putting it right."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Annotated, Literal

import typer

from admin import output
from admin.opening import ACTOR, open_for_command
from admin.output import AsJson
from admin.parsing import parse_number, parse_since
from hub import books, clock, shapes
from hub.books import Correction
from hub.policy.windows import day_of
from hub.store.usage import load_usage

app = typer.Typer(help="What was used.")

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9000, 1, 1, tzinfo=UTC)
HOUR_MS = 3_600_000

COLUMNS = {
    "KEY": "key",
    "GPU-HOURS": "gpu_hours",
    "HELD": "held_gpu_hours",
    "LEASES": "leases",
}


@app.callback(invoke_without_command=True)
def usage(
    context: typer.Context,
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
    if context.invoked_subcommand is not None:
        return
    now = clock.now()
    with output.refusals(as_json):
        house = open_for_command()
        start = BEGINNING if since is None else parse_since(since, house.zone, now)
        start = min(max(start, BEGINNING), END)
        with house.database.read() as db:
            found = load_usage(db, by, day_of(start, house.zone))
    items = [shapes.usage(record) for record in found]
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


@app.command()
def correct(
    user: Annotated[str, typer.Argument(metavar="USER")],
    gpu_hours: Annotated[
        str, typer.Option(metavar="H", help="GPU-hours more; with a minus, less.")
    ],
    note: Annotated[str, typer.Option(metavar="T", help="Why.")],
    group: Annotated[
        str | None, typer.Option(metavar="G", help="On this group's account; else their own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put right what USER was charged: new rows with who and why; nothing is changed or removed."""
    gpu_ms = _signed_ms(gpu_hours)
    with output.refusals(as_json):
        house = open_for_command()
        days = books.correct(house, Correction(user, gpu_ms, note, group), ACTOR, clock.now())
    document = {
        "user": user,
        "gpu_ms": gpu_ms,
        "days": [{"day": day.isoformat(), "gpu_ms": part} for day, part in days.items()],
    }
    told = f"{user}: {gpu_ms / HOUR_MS:+.3f} GPU-hours on {len(days)} day(s)"
    output.show(as_json, document, [told])


def _signed_ms(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    hours: Fraction = parse_number(text.removeprefix("-").removeprefix("+"), "--gpu-hours")
    return sign * int(hours * HOUR_MS)
