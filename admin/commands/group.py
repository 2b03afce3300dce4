"""`./allotment group`: groups, their members and managers."""

from typing import Annotated

import typer

from admin import output
from admin.opening import ACTOR, open_for_command
from admin.output import AsJson
from hub import clock, groups
from hub.policy.people import Person

app = typer.Typer(no_args_is_help=True, help="Groups, their members and managers.")
member = typer.Typer(no_args_is_help=True, help="Who is in a group.")
manager = typer.Typer(no_args_is_help=True, help="Who decides for a group.")
app.add_typer(member, name="member")
app.add_typer(manager, name="manager")

GroupName = Annotated[str, typer.Argument(metavar="GROUP")]
User = Annotated[str, typer.Argument(metavar="USER")]

COLUMNS = {"GROUP": "name", "MEMBERS": "members", "MANAGERS": "managers"}


@app.command()
def add(name: Annotated[str, typer.Argument(metavar="NAME")], as_json: AsJson = False) -> None:
    """Make a group."""
    with output.refusals(as_json):
        groups.add_group(open_for_command(), name, ACTOR, clock.now())
    output.show(as_json, {"name": name}, [f"the group {name} is made"])


@app.command("list")
def list_groups(as_json: AsJson = False) -> None:
    """List every group."""
    with output.refusals(as_json):
        found = groups.load_groups(open_for_command())
    items = [
        {"name": group.name, "members": list(group.members), "managers": list(group.managers)}
        for group in found
    ]
    output.show_items(as_json, items, COLUMNS, "no groups yet")


@member.command("add")
def add_member(group: GroupName, user: User, as_json: AsJson = False) -> None:
    """Put somebody into a group."""
    with output.refusals(as_json):
        person = groups.add_member(open_for_command(), group, user, ACTOR, clock.now())
    _show_person(as_json, person, f"{user} is in {group}")


@member.command("remove")
def remove_member(group: GroupName, user: User, as_json: AsJson = False) -> None:
    """Take somebody out of a group."""
    with output.refusals(as_json):
        person = groups.remove_member(open_for_command(), group, user, ACTOR, clock.now())
    _show_person(as_json, person, f"{user} is no longer in {group}")


@member.command("primary")
def set_primary(group: GroupName, user: User, as_json: AsJson = False) -> None:
    """Make a group of theirs the account of somebody's servers."""
    with output.refusals(as_json):
        person = groups.set_primary(open_for_command(), group, user, ACTOR, clock.now())
    _show_person(as_json, person, f"servers of {user} go to the account of {group}")


@manager.command("add")
def add_manager(group: GroupName, user: User, as_json: AsJson = False) -> None:
    """Make a member of a group its manager."""
    _set_manager(group, user, True, as_json)


@manager.command("remove")
def remove_manager(group: GroupName, user: User, as_json: AsJson = False) -> None:
    """Leave a manager of a group a member only."""
    _set_manager(group, user, False, as_json)


def _set_manager(group: str, user: str, managing: bool, as_json: bool) -> None:
    with output.refusals(as_json):
        groups.set_manager(open_for_command(), group, user, managing, ACTOR, clock.now())
    document = {"group": group, "user": user, "manager": managing}
    said = "manages" if managing else "no longer manages"
    output.show(as_json, document, [f"{user} {said} {group}"])


def _show_person(as_json: bool, person: Person, done: str) -> None:
    document = {
        "name": person.name,
        "groups": list(person.groups),
        "primary_group": person.primary_group,
    }
    output.show(as_json, document, [done])
