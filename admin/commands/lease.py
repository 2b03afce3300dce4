"""`./allotment lease`: who holds what, more time for it, and ending it."""

from typing import Annotated, Any

import typer

from admin import output
from admin.closing import wait_for_closing
from admin.denials import refuse_longer
from admin.opening import ACTOR, open_for_command
from admin.output import AsJson
from admin.parsing import parse_number
from hub import clock, extending, leasing, shapes
from hub.extending import Asked
from hub.policy.leases import State
from hub.policy.outcomes import Denial
from hub.policy.rights import HOST
from hub.store.leases import load_all, load_open

app = typer.Typer(no_args_is_help=True, help="Who holds what until when.")

COLUMNS = {
    "ID": "id",
    "USER": "user",
    "SERVER": "server",
    "ACCOUNT": "account",
    "GPUS": "share",
    "STATE": "state",
    "EXPIRES": "expires_at",
    "ENDED BY": "end_reason",
}


@app.command("list")
def list_leases(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List leases, oldest first."""
    with output.refusals(as_json):
        house = open_for_command()
        with house.database.read() as db:
            found = load_all(db) if everything else load_open(db)
    items = [shapes.lease(lease, house.zone) for lease in found]
    if not as_json:
        items = [{**item, "share": _share(item)} for item in items]
    output.show_items(as_json, items, COLUMNS, "no leases")


@app.command()
def revoke(
    lease_id: Annotated[int, typer.Argument(metavar="ID", min=1)], as_json: AsJson = False
) -> None:
    """End a lease: its server is stopped and its slots come free; files stay."""
    with output.refusals(as_json):
        house = open_for_command()
        leasing.revoke(house, lease_id, ACTOR, clock.now())
        wait_for_closing(house, [lease_id])
        lease = leasing.load_lease(house, lease_id)
    told = f"lease {lease.id} of {lease.user} is closed"
    if lease.state is not State.CLOSED:
        told = f"lease {lease.id} of {lease.user} is still closing"
        told += f": {lease.note}" if lease.note else "; the steward goes on trying"
    output.show(as_json, shapes.lease(lease, house.zone), [told])


@app.command()
def extend(
    lease_id: Annotated[int, typer.Argument(metavar="ID", min=1)],
    hours: Annotated[str, typer.Option(metavar="H", help="How many hours more, such as 1.5.")],
    as_json: AsJson = False,
) -> None:
    """Let a server run longer; what a rule forbids becomes a request that can be granted."""
    more = parse_number(hours, "--hours")
    with output.refusals(as_json):
        house = open_for_command()
        outcome = extending.extend(house, lease_id, more, HOST, clock.now())
    if isinstance(outcome, Denial):
        refuse_longer(house, outcome, as_json)
    if isinstance(outcome, Asked):
        number = outcome.request.id
        hint = f"It is request {number} now: ./allotment request grant {number}"
        refuse_longer(house, outcome.denial, as_json, hint)
    lease = outcome.lease
    until = shapes.moment(lease.expires_at, house.zone)
    told = f"lease {lease.id} of {lease.user} runs until {until}"
    output.show(as_json, shapes.lease(lease, house.zone), [told])


def _share(item: dict[str, Any]) -> str:
    return " ".join(f"{g['uuid']}:{g['slots']}" for g in item["gpus"]) or "-"
