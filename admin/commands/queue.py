"""`./allotment queue`: who waits, in order of service; moving a place, and giving one up."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from admin import output
from admin.opening import open_for_command
from admin.output import AsJson
from hub import clock, dispatching, shapes, waiting
from hub.policy.rights import HOST
from hub.policy.tickets import Ticket, TicketState
from hub.policy.wording import say

app = typer.Typer(no_args_is_help=True, help="Who waits, and for what.")

COLUMNS = {
    "POSITION": "position",
    "ID": "id",
    "USER": "user",
    "GPUS": "gpus",
    "HOURS": "hours",
    "ACCOUNT": "account",
    "EARLIEST": "earliest",
    "LATEST": "latest",
    "REASON": "reason",
}
KEYS = ("id", "user", "gpus", "hours", "account", "position", "earliest", "latest", "reason")

TicketId = Annotated[int, typer.Argument(metavar="ID", min=1)]


@app.command("list")
def list_queue(as_json: AsJson = False) -> None:
    """List who waits, in order of service; an offer is in `lease list` as long as it stands."""
    with output.refusals(as_json):
        house = open_for_command()
        dispatching.judge_all(house, clock.now())
        found = waiting.load_visible(house, HOST)
    waits = [ticket for ticket in found if ticket.state is TicketState.WAITING]
    items = [_item(ticket, house.zone, as_json) for ticket in waits]
    output.show_items(as_json, items, COLUMNS, "nobody waits")


@app.command()
def move(
    ticket_id: TicketId,
    position: Annotated[int, typer.Argument(metavar="POSITION", min=1)],
    as_json: AsJson = False,
) -> None:
    """Put a ticket at POSITION; 1 is served first."""
    with output.refusals(as_json):
        house = open_for_command()
        waiting.move(house, HOST, ticket_id, position, clock.now())
        dispatching.judge_all(house, clock.now())
        ticket = waiting.load_ticket(house, HOST, ticket_id)
    told = f"ticket {ticket.id} of {ticket.user} is number {ticket.position} now"
    output.show(as_json, _item(ticket, house.zone, as_json), [told])


@app.command()
def cancel(ticket_id: TicketId, as_json: AsJson = False) -> None:
    """Take a ticket out of the waiting list; an offer of it ends."""
    with output.refusals(as_json):
        house = open_for_command()
        ticket = waiting.cancel(house, HOST, ticket_id, clock.now())
    told = f"ticket {ticket.id} of {ticket.user} is cancelled"
    output.show(as_json, _item(ticket, house.zone, as_json), [told])


def _item(ticket: Ticket, zone: ZoneInfo, as_json: bool) -> dict[str, Any]:
    whole = shapes.ticket(ticket, zone)
    item = {key: whole[key] for key in KEYS}
    if not as_json and ticket.reason is not None:
        item["reason"] = say(ticket.reason, "en", zone)
    return item
