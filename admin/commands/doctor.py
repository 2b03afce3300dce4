"""`./allotment doctor`: what is wrong with the machine or the station, each with its remedy."""

from collections.abc import Sequence
from dataclasses import asdict

import typer

from admin import output
from admin.output import AsJson
from admin.setup.doctor_machine import check_machine
from admin.setup.doctor_station import check_station
from admin.setup.findings import Finding
from hub import clock
from hub.settings import load_home

SIGNS = {"error": "ERROR", "warning": "warning", "info": "ok"}


def command(as_json: AsJson = False) -> None:
    """Check the machine and the station; status 1 when something is wrong."""
    home = load_home()
    findings = [*check_machine(home), *check_station(home, clock.now())]
    if as_json:
        output.show_json({"items": [asdict(finding) for finding in findings]})
    else:
        typer.echo("\n".join(build_lines(findings)))
    if any(not finding.ok and finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def build_lines(findings: Sequence[Finding]) -> list[str]:
    """Give the findings for people: a sign, the message, below it what to do."""
    lines = []
    for finding in findings:
        sign = "ok" if finding.ok else SIGNS[finding.severity]
        lines.append(f"{sign:<8} {finding.code:<16} {finding.message}")
        if finding.remedy:
            lines.append(f"{'':<8} {'':<16} -> {finding.remedy}")
    return lines
