"""`./allotment status`: is the station up, what runs, who holds how much."""

from typing import Any

from admin import output
from admin.output import AsJson
from admin.setup.checks import ensure_root
from admin.setup.status import load_status
from hub.settings import load_home


def command(
    as_json: AsJson = False,
) -> None:
    """Show the station, its units, GPUs and servers."""
    ensure_root("status")
    status = load_status(load_home())
    output.show(as_json, status, build_lines(status))


def build_lines(status: dict[str, Any]) -> list[str]:
    """Give a status as lines for people."""
    lines = [
        f"{status['url']}  {'ready' if status['ready'] else 'NOT READY'}",
        f"CA file   {status['ca_file'] or 'own certificate'}",
        f"servers   {status['servers']} running",
    ]
    lines += [
        f"unit      {unit['name']:<9} {unit['state']:<9} {unit['memory_mib']:>5} MiB"
        for unit in status["units"]
    ]
    return lines + [
        f"gpu       {gpu['uuid']}  {gpu['name']}  {gpu['leased_slots']} of {gpu['slots']} slots "
        f"leased  {gpu['health']}"
        for gpu in status["gpus"]
    ]
