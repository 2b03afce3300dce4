"""`./allotment quota why`: whether somebody could start one more server now, and if not, why."""

from datetime import timedelta
from fractions import Fraction
from typing import Annotated, Any

import typer

from admin import output
from admin.opening import open_for_command
from admin.output import AsJson
from admin.parsing import parse_number
from hub import clock, leasing, shapes
from hub.errors import NotFound
from hub.house import House
from hub.leasing import Ask
from hub.policy.outcomes import Denial, Grant, Outcome, Wait, WouldFit
from hub.policy.reasons import Reason
from hub.policy.requests import SpawnRequest
from hub.policy.tickets import TicketState
from hub.policy.wording import say, say_time, say_would_fit
from hub.units import hours_of, share_number, share_text
from hub.waiting import load_own

ANOTHER_SERVER = "?"
"""No server can have this name: the question is about one more server than there are.

Of who waits it is about the server that they wait for: they have that place and no other.
"""


def why(
    user: Annotated[str, typer.Argument(metavar="USER")],
    gpus: Annotated[str, typer.Option(metavar="X", help="The GPUs they would ask for.")],
    hours: Annotated[str | None, typer.Option(metavar="H", help="For how many hours.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether USER could start one more server now, and if not, every reason."""
    share = parse_number(gpus, "--gpus")
    duration = _duration(hours) if hours is not None else None
    with output.refusals(as_json):
        house = open_for_command()
        request = SpawnRequest(gpus=share, duration=duration, if_busy="wait")
        outcome = _explain(house, user, request)
    output.show(as_json, _why_json(house, outcome, share), _why_lines(house, outcome, user, share))


def _duration(text: str) -> timedelta:
    value = parse_number(text, "--hours")
    if value == 0:
        raise typer.BadParameter("a server runs for longer than 0 hours", param_hint="--hours")
    return timedelta(microseconds=int(value * 3_600_000_000))


def _explain(house: House, user: str, request: SpawnRequest) -> Outcome:
    waits = (ticket for ticket in load_own(house, user) if ticket.state is TicketState.WAITING)
    server = next((ticket.server for ticket in waits), ANOTHER_SERVER)
    try:
        return leasing.explain(house, Ask(user, server, request), clock.now())
    except NotFound:
        return Denial((Reason("account", "unknown-person", {"user": user}),))


def _why_json(house: House, outcome: Outcome, share: Fraction) -> dict[str, Any]:
    reasons = () if isinstance(outcome, Grant) else outcome.reasons
    document: dict[str, Any] = {
        "outcome": type(outcome).__name__.lower(),
        "reasons": [shapes.reason(reason, house.zone) for reason in reasons],
    }
    if isinstance(outcome, Grant):
        document["placement"] = {
            "node": outcome.placement.node,
            "gpus": [
                {"uuid": part.gpu_uuid, "slots": len(part.slots)}
                for part in outcome.placement.slots
            ],
        }
        if outcome.loan:
            document["loan"] = True
    if isinstance(outcome, Wait):
        document["earliest"] = shapes.moment(outcome.earliest, house.zone)
        document["latest"] = shapes.moment(outcome.latest, house.zone)
    document["would_fit"] = _fit_json(_would_fit(outcome, share))
    return document


def _would_fit(outcome: Outcome, share: Fraction) -> WouldFit | None:
    if isinstance(outcome, Grant):
        return WouldFit(share, outcome.duration)
    return outcome.would_fit


def _fit_json(fit: WouldFit | None) -> dict[str, Any]:
    if fit is None:
        return {"gpus": 0, "hours": 0}
    return {"gpus": share_number(fit.gpus), "hours": share_number(hours_of(fit.duration))}


def _why_lines(house: House, outcome: Outcome, user: str, share: Fraction) -> list[str]:
    if isinstance(outcome, Grant):
        hours = share_text(hours_of(outcome.duration))
        where = ", ".join(
            f"{part.gpu_uuid} {len(part.slots)} slots" for part in outcome.placement.slots
        )
        told = f"yes: {user} could start {share_text(share)} GPU for {hours} h now"
        lent = ["a loan out of others' guarantees: to be given back on notice"]
        return [
            told,
            f"on {where}" if where else "without a GPU",
            f"account: {outcome.account}",
            *(lent if outcome.loan else []),
        ]
    lines = [f"no, not now: {user} asking for {share_text(share)} GPU would be told"]
    lines += [f"- {say(reason, 'en', house.zone)}" for reason in outcome.reasons]
    if isinstance(outcome, Wait):
        lines += [f"earliest {say_time(outcome.earliest, house.zone)}"] if outcome.earliest else []
        lines += [f"latest {say_time(outcome.latest, house.zone)}"] if outcome.latest else []
    if outcome.would_fit is not None:
        lines.append(say_would_fit(outcome.would_fit, "en"))
    return lines
