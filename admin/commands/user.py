"""`./allotment user`: local accounts."""

import sys
from typing import Annotated, Any

import typer

from admin import output
from admin.closing import wait_for_closing
from admin.opening import ACTOR, open_for_command
from admin.output import AsJson
from hub import clock, people
from hub.errors import BadValue
from hub.policy.people import Person

app = typer.Typer(no_args_is_help=True, help="Local accounts.")

Name = Annotated[str, typer.Argument(metavar="NAME")]

COLUMNS = {
    "NAME": "name",
    "UID": "uid",
    "ADMIN": "admin",
    "DISABLED": "disabled",
    "GROUPS": "groups",
}


@app.command()
def add(
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="Make them an administrator.")] = False,
    group: Annotated[list[str] | None, typer.Option(help="A group they join; repeatable.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read a lasting password's line.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add somebody; without --password-stdin a one-time password is printed."""
    with output.refusals(as_json):
        house = open_for_command()
        password = _read_password() if password_stdin else None
        person, one_time = people.add_person(
            house,
            name,
            admin=admin,
            groups=group or (),
            password=password,
            actor=ACTOR,
            now=clock.now(),
        )
    _show_password(as_json, person.name, one_time, f"{person.name} is added")


@app.command("list")
def list_people(as_json: AsJson = False) -> None:
    """List everybody."""
    with output.refusals(as_json):
        found = people.load_people(open_for_command())
    output.show_items(as_json, [_item(person) for person in found], COLUMNS, "nobody yet")


@app.command()
def disable(name: Name, as_json: AsJson = False) -> None:
    """Keep somebody out: their servers are stopped, their log-ins and tokens end."""
    with output.refusals(as_json):
        house = open_for_command()
        ending = people.disable(house, name, ACTOR, clock.now())
        left = wait_for_closing(house, [lease.id for lease in ending])
    document = {"name": name, "disabled": True, "closing": [lease.id for lease in left]}
    lines = [f"{name} is disabled; their log-ins end within seconds"]
    lines += [f"lease {lease.id} is still closing: {lease.note or 'the steward'}" for lease in left]
    output.show(as_json, document, lines)


@app.command()
def enable(name: Name, as_json: AsJson = False) -> None:
    """Let somebody who was disabled in again."""
    with output.refusals(as_json):
        people.enable(open_for_command(), name, ACTOR, clock.now())
    output.show(as_json, {"name": name, "disabled": False}, [f"{name} may log in"])


@app.command("reset-password")
def reset_password(name: Name, as_json: AsJson = False) -> None:
    """Replace a password by a one-time password, which is printed."""
    with output.refusals(as_json):
        one_time = people.reset_password(open_for_command(), name, ACTOR, clock.now())
    _show_password(as_json, name, one_time, f"{name} has a new password")


def _show_password(as_json: bool, name: str, one_time: str | None, done: str) -> None:
    document = {"name": name}
    lines = [done]
    if one_time is not None:
        document["one_time_password"] = one_time
        lines.append(f"one-time password, to be changed at the first log-in: {one_time}")
    output.show(as_json, document, lines)


def _item(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "uid": person.uid,
        "admin": person.admin,
        "disabled": person.disabled,
        "must_change_password": person.must_change_password,
        "groups": list(person.groups),
        "primary_group": person.primary_group,
    }


def _read_password() -> str:
    try:
        return sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise BadValue("the password on standard input is not UTF-8") from None
