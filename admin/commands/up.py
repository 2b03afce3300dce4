"""`./allotment up`: from a fresh machine, or from any state before, to a running station."""

from typing import Annotated

import typer

from admin import output
from admin.output import AsJson
from admin.setup import first_password
from admin.setup.progress import Progress
from admin.setup.status import load_status
from admin.setup.up import Raised, raise_station
from admin.setup.wishes import Wishes
from hub.names import ROOT
from hub.settings import load_home

FIRST_QUOTAS = (
    "Everybody may hold 1 GPU and 1 server at once, for up to 8 hours; to change that:",
    "  ./allotment quota set site --gpus X --servers N --lease-hours H",
)


def command(
    simulate_gpus: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=64, help="Pretend to have this many GPUs.")
    ] = None,
    https_port: Annotated[
        int | None,
        typer.Option(metavar="P", min=1, max=65535, help="Where people reach the station."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set up everything a machine needs and start the station; repeat it at any time."""
    raised = raise_station(load_home(), Wishes(simulate_gpus, https_port), Progress())
    if as_json:
        admin = {"name": ROOT}
        if raised.one_time_password:
            admin["one_time_password"] = raised.one_time_password
        output.show_json({**load_status(load_home()), "admin": admin})
        if raised.one_time_password:
            typer.echo("\n".join(FIRST_QUOTAS), err=True)
    else:
        typer.echo("\n".join(build_summary(raised)))
    first_password.forget(load_home())


def build_summary(raised: Raised) -> list[str]:
    """Give what a person needs to know now."""
    lines = ["", f"The station is up:  {raised.station.public_url}"]
    if not raised.settings.proxy.certificate:
        lines.append(f"Its CA, for browsers: {raised.station.ca_file}")
    if raised.one_time_password:
        lines += [
            f"Log in as {ROOT} with the one-time password: {raised.one_time_password}",
            "(It is shown this once; the first log-in asks for a lasting one.)",
            *FIRST_QUOTAS,
        ]
    return lines
