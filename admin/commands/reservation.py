"""`./allotment reservation`: claims of groups on GPUs in windows to come."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from admin import output
from admin.opening import ACTOR, open_for_command
from admin.output import AsJson
from admin.parsing import parse_number
from admin.times import parse_account, parse_wall
from hub import clock, reservations, shapes
from hub.calendar_export import write_calendar
from hub.calendar_files import read_calendar
from hub.policy.claims import Unclaimed
from hub.policy.overriding import Shortened
from hub.policy.reasons import Reason
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
    ics: Annotated[Path | None, _option("--ics", "FILE", "The events of a calendar.")] = None,
    title: Annotated[str, _option("--title", "T", "What it is for.")] = "",
    override: Override = False,
    as_json: AsJson = False,
) -> None:
    """Reserve GPUs for an account: one window, one that recurs, or those of a calendar file."""
    account = parse_account(account)
    parts = None if gpus is None else to_parts(parse_number(gpus, "--gpus"))
    wanted = (since, until) if ics is None else ()
    unwanted = () if ics is None else (since, until, rrule)
    if None in wanted or (ics is None and parts is None) or any(unwanted):
        raise typer.BadParameter("give --gpus, --from and --until, or --ics", param_hint="ACCOUNT")
    with output.refusals(as_json):
        house, now = open_for_command(), clock.now()
        if ics is None:
            series = _series(since or "", until or "", rrule, house.zone)
            claims: list[Claim] | Reason = [Claim(account, parts or 0, series, title)]
        else:
            entries = read_calendar(ics, now, house.zone)
            claims = reservations.from_entries(account, entries, parts, title)
        if isinstance(claims, Reason):
            done: Made | Unclaimed = Unclaimed((claims,))
        else:
            done = reservations.add(house, claims, override, ACTOR, now)
        if isinstance(done, Unclaimed):
            _refuse(house.zone, done, as_json)
        else:
            _show_made(done, house.zone, now, as_json)


@app.command()
def export(account: Account, as_json: AsJson = False) -> None:
    """Print an account's reservations as a calendar (.ics)."""
    account = parse_account(account)
    with output.refusals(as_json):
        house, now = open_for_command(), clock.now()
        found = [each.reservation for each in reservations.load_listed(house, now, account)]
        text = write_calendar(found, house.station.id, now)
    if as_json:
        output.show_json({"account": account, "ics": text})
    else:
        typer.echo(text, nl=False)


@app.command("list")
def list_reservations(as_json: AsJson = False) -> None:
    """List reservations with the next window of each, oldest first."""
    with output.refusals(as_json):
        house = open_for_command()
        found = reservations.load_listed(house, clock.now())
    items = [shapes.reservation(each, house.zone) for each in found]
    output.show_items(as_json, items, COLUMNS, "no reservations")


@app.command()
def remove(
    number: Annotated[int, typer.Argument(metavar="ID", min=1)], as_json: AsJson = False
) -> None:
    """Take a reservation back; servers that run in its window go on."""
    with output.refusals(as_json):
        house = open_for_command()
        removed = reservations.remove(house, number, ACTOR, clock.now())
    item = shapes.reservation(Listed(removed, ()), house.zone)
    output.show(as_json, item, [f"reservation {number} of {removed.account} is removed"])


def _series(since: str, until: str, rrule: str | None, zone: ZoneInfo) -> Series:
    begins, ends = parse_wall(since, "--from", zone), parse_wall(until, "--until", zone)
    return Series(begins, ends, zone.key, rrule)


def _show_made(made: Made, zone: ZoneInfo, now: datetime, as_json: bool) -> None:
    listed = reservations.as_listed(made.reservations, now)
    document = {
        "items": [shapes.reservation(each, zone) for each in listed],
        "shortened": [_shortened_json(lease, zone) for lease in made.shortened],
    }
    output.show(as_json, document, _told(made, zone))


def _refuse(zone: ZoneInfo, refusal: Unclaimed, as_json: bool) -> None:
    told = [say(reason, "en", zone) for reason in refusal.reasons]
    if refusal.in_the_way:
        leases = "; ".join(_lease_text(lease, zone) for lease in refusal.in_the_way)
        told.append(f"With --override these are shortened, with notice: {leases}.")
    reasons = [shapes.reason(reason, zone) for reason in refusal.reasons]
    output.refuse(as_json, "reservation", " ".join(told), reasons)


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
        "expires_at": shapes.moment(lease.cut, zone),
        "before": shapes.moment(lease.until, zone),
    }
