"""`./allotment request`: what people asked of whoever may decide, and deciding it."""

from typing import Annotated

import typer

from admin import output
from admin.denials import refuse_longer
from admin.opening import open_for_command
from admin.output import AsJson
from hub import asks, clock, shapes
from hub.policy.outcomes import Denial
from hub.policy.rights import HOST

app = typer.Typer(no_args_is_help=True, help="What people asked for, and deciding it.")

COLUMNS = {
    "ID": "id",
    "USER": "user",
    "ACCOUNT": "account",
    "LEASE": "lease",
    "HOURS": "hours",
    "STATE": "state",
    "ASKED": "asked_at",
    "DECIDED BY": "decided_by",
    "NOTE": "note",
}

RequestId = Annotated[int, typer.Argument(metavar="ID", min=1)]
Note = Annotated[str, typer.Option(metavar="T", help="A word to whoever asked.")]


@app.command("list")
def list_requests(
    everything: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the requests that wait for a decision, oldest first."""
    with output.refusals(as_json):
        house = open_for_command()
        found = asks.load_requests(house, HOST, everything)
    items = [shapes.request(ask, house.zone) for ask in found]
    output.show_items(as_json, items, COLUMNS, "no requests")


@app.command()
def grant(request_id: RequestId, note: Note = "", as_json: AsJson = False) -> None:
    """Grant a request: its server runs longer, ceilings, budgets and who waits passed over."""
    with output.refusals(as_json):
        house = open_for_command()
        outcome = asks.grant(house, request_id, HOST, note, clock.now())
    if isinstance(outcome, Denial):
        refuse_longer(house, outcome, as_json)
    told = f"request {outcome.id} of {outcome.user} is granted"
    output.show(as_json, shapes.request(outcome, house.zone), [told])


@app.command()
def refuse(request_id: RequestId, note: Note = "", as_json: AsJson = False) -> None:
    """Refuse a request; whoever asked is told, with the note."""
    with output.refusals(as_json):
        house = open_for_command()
        closed = asks.refuse(house, request_id, HOST, note, clock.now())
    told = f"request {closed.id} of {closed.user} is refused"
    output.show(as_json, shapes.request(closed, house.zone), [told])
