"""`./allotment statement`: what a month came to, by group."""

import re
from datetime import date
from typing import Annotated, Any

import typer

from admin import output
from admin.opening import open_for_command
from admin.output import AsJson
from hub import books, clock
from hub.policy.statement import Statement
from hub.policy.windows import day_of, first_day
from hub.units import to_ms

MONTH = re.compile(r"(19[7-9][0-9]|[2-8][0-9]{3})-(0[1-9]|1[0-2])")
HOUR_MS = 3_600_000

COLUMNS = {
    "ACCOUNT": "account",
    "GOT": "got",
    "ASKED": "asked",
    "TICKETS": "tickets",
    "MEAN WAIT": "mean_wait",
    "WASTED": "wasted",
    "LENT": "lent",
    "BORROWED": "borrowed",
    "CORRECTED": "corrections",
    "OVERRUN": "overrun",
}
AMOUNTS = ("got", "asked", "wasted", "lent", "borrowed", "corrections", "overrun")


def command(
    group: Annotated[
        str | None, typer.Option(metavar="G", help="Only this group; else every account.")
    ] = None,
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="The month; else the one that is.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print what a month came to in GPU-hours, account by account; they add up to the ledger."""
    now = clock.now()
    wanted = parse_month(month) if month is not None else None
    with output.refusals(as_json):
        house = open_for_command()
        first = wanted or first_day("month", day_of(now, house.zone))
        found = books.statement(house, group, first, now)
    if as_json:
        output.show_json(
            {"month": f"{first:%Y-%m}", "audit_head": None, "items": [as_item(s) for s in found]}
        )
        return
    typer.echo(f"{first:%Y-%m}, in GPU-hours; waits in hours")
    output.show_items(False, [_for_people(s) for s in found], COLUMNS, "nothing happened")


def parse_month(text: str) -> date:
    """Read a month; gives its first day."""
    found = MONTH.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a month such as 2026-11", param_hint="--month")
    return date(int(found[1]), int(found[2]), 1)


def as_item(found: Statement) -> dict[str, Any]:
    """Give a statement as it stands in JSON."""
    amounts = {f"{name}_gpu_ms": getattr(found, name) for name in AMOUNTS}
    return {
        "account": found.account,
        "month": f"{found.first:%Y-%m}",
        **amounts,
        "tickets": found.tickets,
        "waited_ms": to_ms(found.waited),
        "mean_wait_ms": to_ms(found.mean_wait),
        "audit_head": found.audit_head,
    }


def _for_people(found: Statement) -> dict[str, Any]:
    amounts = {name: f"{getattr(found, name) / HOUR_MS:.2f}" for name in AMOUNTS}
    wait = f"{to_ms(found.mean_wait) / HOUR_MS:.2f}"
    return {"account": found.account, **amounts, "tickets": found.tickets, "mean_wait": wait}
