"""`./allotment reservation`: claims of groups on GPUs in windows to come."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from admin import output
from admin.opening import ACTOR, open_for_command
from admin.output import AsJson
from admin.parsing import parse_number
from admin.times import parse_account, parse_wall
from hub import clock, reservations
from hub.calendars import first_window
from hub.house import House
from hub.policy.claims import Unclaimed
from hub.policy.overriding import Shortened
from hub.policy.reservations import Series
from hub.policy.wording import say, say_time
from hub.reservations import Claim, Listed, Made
from hub.units import from_parts, share_number, share_text, to_parts

app = typer.Typer(no_args_is_help=True, help="Claims of groups on GPUs in windows to come.")

LONGEST_TITLE = 200
COLUMNS = {
    "ID": "id",
    "ACCOUNT": "account",
    "GPUS": "gpus",
    "SINCE": "since",
    "UNTIL": "until",
    "RRULE": "rrule",
    "TITLE": "title",
    "NEXT": "next",
}

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="group:NAME")]
Override = Annotated[
    bool, typer.Option("--override", help="Shorten the leases in the way, each with notice.")
]


def _option(name: str, metavar: str, text: str) -> Any:
    return typer.Option(name, metavar=metavar, help=text)


@app.command()
def add(  # noqa: PLR0913 - an option a part of a reservation
    account: Account,
    gpus: Annotated[str | None, _option("--gpus", "X", "How many GPUs.")] = None,
    since: Annotated[str | None, _option("--from", "T", "Its beginning, station time.")] = None,
    until: Annotated[str | None, _option("--until", "T", "Its end, station time.")] = None,
    rrule: Annotated[str | None, _option("--rrule", "R", "FREQ=WEEKLY;COUNT=10")] = None,
    title: Annotated[str, _option("--title", "T", "What it is for.")] = "",
    override: Override = False,
    as_json: AsJson = False,
) -> None:
    """Reserve GPUs for an account, once or as a rule says; all it overlaps is counted."""
    account = parse_account(account)
    if gpus is None or since is None or until is None:
        raise typer.BadParameter("--gpus, --from and --until are needed", param_hint="ACCOUNT")
    parts = to_parts(parse_number(gpus, "--gpus"))
    with output.refusals(as_json):
        house = open_for_command()
        series = Series(
            parse_wall(since, "--from", house.zone),
            parse_wall(until, "--until", house.zone),
            house.zone.key,
            rrule,
        )
        claims = [Claim(account, parts, series, title[:LONGEST_TITLE])]
        _add(house, claims, override, as_json)


@app.command("list")
def list_reservations(as_json: AsJson = False) -> None:
    """List reservations with the next window of each, oldest first."""
    with output.refusals(as_json):
        house = open_for_command()
        found = reservations.load_listed(house, clock.now())
    items = [reservation_json(each, house.zone) for each in found]
    output.show_items(as_json, items, COLUMNS, "no reservations")


@app.command()
def remove(
    number: Annotated[int, typer.Argument(metavar="ID", min=1)], as_json: AsJson = False
) -> None:
    """Take a reservation back; servers that run in its window go on."""
    with output.refusals(as_json):
        house = open_for_command()
        removed = reservations.remove(house, number, ACTOR, clock.now())
    item = reservation_json(Listed(removed, ()), house.zone)
    output.show(as_json, item, [f"reservation {number} of {removed.account} is removed"])


def reservation_json(listed: Listed, zone: ZoneInfo) -> dict[str, Any]:
    """Give a reservation as it stands in every JSON answer; `next` begins its next window."""
    found = listed.reservation
    first = first_window(found.series)
    return {
        "id": found.id,
        "account": found.account,
        "gpus": share_number(from_parts(found.parts)),
        "since": output.moment(first.since, zone),
        "until": output.moment(first.until, zone),
        "rrule": found.series.rrule,
        "title": found.title,
        "next": output.moment(listed.coming[0].since, zone) if listed.coming else None,
    }


def _add(house: House, claims: list[Claim], override: bool, as_json: bool) -> None:
    now = clock.now()
    done = reservations.add(house, claims, override, ACTOR, now)
    if isinstance(done, Unclaimed):
        _refuse(house, done, as_json)
        return
    listed = reservations.as_listed(done.reservations, now)
    items = [reservation_json(each, house.zone) for each in listed]
    document = {
        "items": items,
        "shortened": [_shortened_json(x, house.zone) for x in done.shortened],
    }
    output.show(as_json, document, _told(done, house.zone))


def _refuse(house: House, refusal: Unclaimed, as_json: bool) -> None:
    told = [say(reason, "en", house.zone) for reason in refusal.reasons]
    if refusal.in_the_way:
        leases = "; ".join(_lease_text(lease, house.zone) for lease in refusal.in_the_way)
        told.append(f"With --override these are shortened, with notice: {leases}.")
    message = " ".join(told)
    reasons = [output.reason_json(reason, house.zone) for reason in refusal.reasons]
    output.refuse(as_json, "reservation", message, reasons)


def _told(made: Made, zone: ZoneInfo) -> list[str]:
    lines = [
        f"reservation {each.id}: {share_text(from_parts(each.parts))} GPU for {each.account}"
        for each in made.reservations
    ]
    return lines + [f"shortened: {_lease_text(lease, zone)}" for lease in made.shortened]


def _lease_text(lease: Shortened, zone: ZoneInfo) -> str:
    gpus = share_text(from_parts(lease.parts))
    until, cut = say_time(lease.until, zone), say_time(lease.cut, zone)
    return f"lease {lease.lease_id} ({lease.account}, {gpus} GPU) ends {cut}, not {until}"


def _shortened_json(lease: Shortened, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "lease": lease.lease_id,
        "account": lease.account,
        "gpus": share_number(from_parts(lease.parts)),
        "expires_at": output.moment(lease.cut, zone),
        "before": output.moment(lease.until, zone),
    }
