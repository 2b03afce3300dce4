"""`./allotment bench NAME`: a benchmark against a peer, in one run, as ratios."""

from typing import Annotated, Any

import typer

from admin import output
from admin.bench import classroom
from admin.bench import ledger as ledger_bench
from admin.bench import policy as policy_bench
from admin.bench import route as route_bench
from admin.bench import start as start_bench
from admin.opening import open_for_command
from admin.output import AsJson

app = typer.Typer(help="Benchmarks against a peer, in one run, as ratios.", no_args_is_help=True)


@app.command()
def start(
    rounds: Annotated[int, typer.Option(min=1, max=100)] = start_bench.ROUNDS,
    peer: Annotated[str, typer.Option(help="docker-run is the only one.")] = "docker-run",
    as_json: AsJson = False,
) -> None:
    """Click to the notebook page, against `docker run` of the same container."""
    if peer != "docker-run":
        raise typer.BadParameter("the only peer is docker-run", param_hint="--peer")
    _show(start_bench.run(open_for_command(), rounds), as_json)


@app.command("class")
def whole_class(
    seats: Annotated[int, typer.Option(min=1, max=200)] = classroom.SEATS,
    as_json: AsJson = False,
) -> None:
    """A class that starts in one second, against bare `docker run`, as many as there are cores."""
    _show(classroom.run(open_for_command(), seats), as_json)


@app.command()
def route(
    peer: Annotated[str, typer.Option(help="stock is the only one.")] = "stock",
    rounds: Annotated[int, typer.Option(min=1, max=100)] = route_bench.ROUNDS,
    as_json: AsJson = False,
) -> None:
    """Our proxy class against the stock one, each with a Traefik of its own."""
    result = route_bench.run(peer, rounds)
    output.show(as_json, result, route_bench.lines(result))
    if not result["ok"]:
        raise typer.Exit(output.REFUSED)


@app.command()
def ledger(
    rows: Annotated[int, typer.Option(min=10_000, max=10**8)] = ledger_bench.LONG,
    peer: Annotated[str, typer.Option(help="sum is the only one.")] = "sum",
    as_json: AsJson = False,
) -> None:
    """Tell "used this week" over a long ledger and a short one, against a plain sum of the rows."""
    if peer != "sum":
        raise typer.BadParameter("the only peer is sum", param_hint="--peer")
    result = ledger_bench.run(rows)
    output.show(as_json, result, ledger_bench.lines(result))
    if not result["ok"]:
        raise typer.Exit(output.REFUSED)


@app.command()
def policy(
    starts: Annotated[int, typer.Option(min=100, max=1_000_000)] = policy_bench.STARTS,
    as_json: AsJson = False,
) -> None:
    """How fast decisions are on a large station, and how long people wait on a full one."""
    result = policy_bench.run(starts)
    output.show(as_json, result, policy_bench.lines(result))
    if not result["ok"]:
        raise typer.Exit(output.REFUSED)


def _show(result: dict[str, Any], as_json: bool) -> None:
    lines = [f"{key}: {value}" for key, value in result.items()]
    output.show(as_json, result, lines)
    if not result["ok"]:
        raise typer.Exit(output.REFUSED)
