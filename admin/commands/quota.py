"""`./allotment quota`: set what a scope may hold, and show what takes effect there."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from admin import output
from admin.commands.quota_simulate import simulate
from admin.commands.quota_why import why
from admin.opening import ACTOR, open_for_command
from admin.output import AsJson
from admin.parsing import parse_scope
from admin.quota_values import OPTIONS, parse_quota
from hub import clock, quotas, shapes
from hub.house import House
from hub.policy import ceilings as c
from hub.policy.ceilings import Ceiling, Quota
from hub.quotas import ScopeQuotas, misplaced, say_quota
from hub.units import share_number

app = typer.Typer(no_args_is_help=True, help="How much people may hold.")
app.command("why")(why)
app.command("simulate")(simulate)

Scope = Annotated[str, typer.Argument(metavar="SCOPE")]


def _option(text: str, metavar: str = "X") -> Any:
    return typer.Option(metavar=metavar, help=f"{text}; `none` removes it.")


@app.command("set")
def set_quota(  # noqa: PLR0913 - an option a kind of quota
    scope: Scope,
    gpus: Annotated[str | None, _option("GPUs of one person at once")] = None,
    servers: Annotated[str | None, _option("Servers of one person at once", "N")] = None,
    lease_hours: Annotated[str | None, _option("Hours of one server at once", "H")] = None,
    lease_hours_total: Annotated[str | None, _option("Hours of one server in all", "H")] = None,
    memory_gib: Annotated[str | None, _option("GiB of memory of one person at once", "M")] = None,
    cpus: Annotated[str | None, _option("Processors of one person at once", "C")] = None,
    gpu_hours_each: Annotated[
        str | None, _option("GPU-hours of one person in a day, week, month or year", "H/WINDOW")
    ] = None,
    total_gpus: Annotated[str | None, _option("GPUs of everybody together")] = None,
    total_servers: Annotated[str | None, _option("Servers of everybody together", "N")] = None,
    gpu_hours: Annotated[
        str | None, _option("GPU-hours of everybody together in such a window", "H/WINDOW")
    ] = None,
    guarantee: Annotated[str | None, _option("GPUs a group always gets back")] = None,
    priority: Annotated[str | None, _option("A group's class of waiting, 0 to 9", "P")] = None,
    isolation: Annotated[
        str | None, _option("The weakest wall a group shares a GPU behind", "hard/firm/soft")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set what SCOPE may hold: site, group:NAME or user:NAME."""
    # Every option is named as its kind is.
    given = {kind: text for kind, text in locals().items() if kind in OPTIONS and text is not None}
    scope = parse_scope(scope)
    values = _parse(scope, given)
    with output.refusals(as_json):
        house = open_for_command()
        found = quotas.set_quotas(house, scope, values, ACTOR, clock.now())
    _show_scope(as_json, house, found)


@app.command()
def show(scope: Scope, as_json: AsJson = False) -> None:
    """Show what is set at SCOPE, and what takes effect there and from where."""
    scope = parse_scope(scope)
    with output.refusals(as_json):
        house = open_for_command()
        found = quotas.load_quotas(house, scope, clock.now())
    _show_scope(as_json, house, found)


def _parse(scope: str, given: Mapping[str, str]) -> dict[str, Quota | None]:
    """Read every option; what can't stand at that scope is wrong usage."""
    if not given:
        raise typer.BadParameter("nothing to set: name at least one option", param_hint="SCOPE")
    values = {kind: parse_quota(kind, text) for kind, text in given.items()}
    for kind, value in values.items():
        sentence = misplaced(scope, kind)
        if sentence is not None:
            raise typer.BadParameter(sentence, param_hint=OPTIONS[kind])
        same = c.SAME_FOR_ONE.get(kind)
        if scope.startswith("user:") and same in values and values[same] != value:
            raise typer.BadParameter(
                f"for one person it is the same as {OPTIONS[same]}, and they differ",
                param_hint=OPTIONS[kind],
            )
    return values


def _show_scope(as_json: bool, house: House, found: ScopeQuotas) -> None:
    document: dict[str, Any] = {
        "scope": found.scope,
        "set": {kind: _set_json(kind, quota) for kind, quota in found.set_here.items()},
        "effective": {
            kind: _effective_json(kind, every) for kind, every in found.effective.items()
        },
    }
    lines = [f"nothing is set for {found.scope}: nobody starts anything"]
    if found.effective:
        rows = [
            [kind.replace("_", "-"), say_quota(kind, one), one.source]
            for kind, every in found.effective.items()
            for one in every
        ]
        lines = output.table(["QUOTA", "VALUE", "SET AT"], rows)
    if found.raised is not None:
        moment = found.raised.holds_from
        document["guarantee_holds_from"] = shapes.moment(moment, house.zone)
        lines.append(_raised_line(document["guarantee_holds_from"]))
    output.show(as_json, document, lines)


def _raised_line(moment: object) -> str:
    if moment is None:
        return "the guarantee holds once leases have ended of which nobody knows yet when they do"
    return f"the guarantee holds from {moment}"


def _set_json(kind: str, quota: Quota) -> int | float | str:
    """Give a value as a number; a budget as it is set, 40/week, and a wall as its word."""
    if quota.window or kind == c.ISOLATION:
        return say_quota(kind, quota)
    return share_number(quota.value)


def _effective_json(kind: str, every: Sequence[Ceiling]) -> dict[str, Any]:
    """Give the nearest value, and beside it others that have to be kept as well."""
    first, *others = (_one_json(kind, one) for one in every)
    return {**first, "also": others} if others else first


def _one_json(kind: str, one: Ceiling) -> dict[str, Any]:
    value = say_quota(kind, one) if kind == c.ISOLATION else share_number(one.value)
    window = {"window": one.window} if one.window else {}
    return {"value": value, **window, "from": one.source}
