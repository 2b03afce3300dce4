"""`./allotment quota simulate`: recorded weeks, or a trace, under another policy, side by side."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from admin import output
from admin.opening import open_for_command
from admin.output import AsJson
from admin.parsing import parse_since
from admin.policy_file import load_policy_file
from hub import clock, whatif
from hub.house import build_rules
from hub.simulation.comparing import Comparison
from hub.simulation.csv_trace import load_trace

HEADINGS = {
    "RULE": "rule",
    "STARTED": "started",
    "REFUSED": "refusals",
    "NEVER": "never_started",
    "BROKEN OFF": "interrupted",
    "USED": "utilisation",
    "MEAN WAIT H": "mean_wait_h",
    "95% WAIT H": "p95_wait_h",
    "WORST H": "worst_wait_h",
    "FAIRNESS": "fairness",
    "IN PIECES": "fragmentation",
    "MEAN/FIFO": "mean_to_fifo",
    "MEAN/ORACLE": "mean_to_oracle",
}


def simulate(
    policy: Annotated[Path, typer.Option(metavar="FILE", help="The other policy, as TOML.")],
    since: Annotated[
        str | None, typer.Option(metavar="D", help="Replay from this day, or so far back: 28d.")
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A CSV trace to play, all of it, not what was recorded."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay what was asked under the present and another policy, beside four simple ones."""
    if since is None and trace is None:
        raise typer.BadParameter("name --since, or a --trace", param_hint="--since")
    with output.refusals(as_json):
        house = open_for_command()
        now = clock.now()
        begin = parse_since(since, house.zone, now) if since is not None else now
        jobs = load_trace(trace) if trace is not None else None
        wanted = load_policy_file(policy, house.settings.leases)
        found = whatif.replay(house, begin, wanted.quotas, build_rules(wanted.leases), jobs)
    document = found.as_json()
    output.show(as_json, document, _lines(found, document))


def _lines(found: Comparison, document: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{found.jobs} requests from {document['since']} to {document['until']} on "
        f"{found.gpus} GPUs, by who is served first:"
    )
    rows = [[_cell(row[key]) for key in HEADINGS.values()] for row in document["rules"]]
    yield from output.table(list(HEADINGS), rows)


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else output.cell(value)
