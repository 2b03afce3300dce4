"""`./allotment demo`: something to look at before there are people and data of one's own."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from admin import demonstration, output
from admin.commands.dataset import reporting
from admin.demonstration import CAST, Member
from admin.opening import ACTOR, open_for_command
from admin.output import AsJson
from hub import clock, groups
from hub.house import House
from hub.store.datasets import Dataset
from hub.units import MIB

app = typer.Typer(invoke_without_command=True, subcommand_metavar="")


@app.callback()
def command(
    remove: Annotated[
        bool, typer.Option("--remove", help="Disable the people and remove the dataset.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Go on although other people have accounts.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add synthetic data for everyone and three people to try things as, with one-time passwords.

    The dataset is leaves-synthetic, version 1; the people are ann and bob (group field-lab) and
    charlie (group visitors). Refused without --yes where others than root and these have accounts.

    Repeated it changes nothing. After --remove the names stay claimed; running it again lets the
    same people in, with new one-time passwords. --json gives {dataset: {name, version, kind, files,
    size_bytes}, people: [{name, groups, one_time_password?}], groups: [{name, members}]}; with
    --remove, dataset is null and people are {name, groups, disabled}.
    """
    with output.refusals(as_json):
        house = open_for_command()
        demonstration.check_alone(house, yes)
        if remove:
            _remove(house, as_json)
            return
        leaves = demonstration.find_leaves(house) or _make_leaves(house)
        cast = demonstration.ensure_cast(house, ACTOR, clock.now())
        document = {
            "dataset": _dataset_item(leaves),
            "people": [_member_item(member) for member in cast],
            "groups": _group_items(house),
        }
    output.show(as_json, document, _lines(leaves, cast))


def _make_leaves(house: House) -> Dataset:
    with reporting("leaves-synthetic") as report:
        return demonstration.ensure_leaves(house, ACTOR, clock.now(), report)


def _remove(house: House, as_json: bool) -> None:
    names = demonstration.remove(house, ACTOR, clock.now())
    items = [{"name": name, "groups": [CAST[name]], "disabled": True} for name in names]
    document = {"dataset": None, "people": items, "groups": _group_items(house)}
    lines = ["leaves-synthetic is removed"]
    if names:
        lines.append(f"{', '.join(names)}: disabled; their names stay claimed, their files stay")
    output.show(as_json, document, lines)


def _dataset_item(leaves: Dataset) -> dict[str, Any]:
    return {
        "name": leaves.name,
        "version": leaves.version,
        "kind": leaves.kind,
        "files": leaves.files,
        "size_bytes": leaves.size_bytes,
    }


def _member_item(member: Member) -> dict[str, Any]:
    item: dict[str, Any] = {"name": member.person.name, "groups": list(member.person.groups)}
    if member.one_time_password is not None:
        item["one_time_password"] = member.one_time_password
    return item


def _group_items(house: House) -> list[dict[str, Any]]:
    return [
        {"name": group.name, "members": list(group.members)}
        for group in groups.load_groups(house)
        if group.name in CAST.values()
    ]


def _lines(leaves: Dataset, cast: Sequence[Member]) -> list[str]:
    size = f"{leaves.files:,} files, {leaves.size_bytes / MIB:,.1f} MiB"
    place = f"/data/{leaves.kind}/{leaves.name}"
    lines = [f"{leaves.name} {leaves.version}: {size}, for everyone at {place}"]
    for member in cast:
        name = member.person.name
        said = (
            f"one-time password {member.one_time_password}"
            if member.one_time_password
            else f"is there already (./allotment user reset-password {name} gives a new password)"
        )
        lines.append(f"{name} ({', '.join(member.person.groups)}): {said}")
    return lines
