"""What if: recorded weeks, or a trace, under the quotas as they are and as they might be."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from hub.errors import Refused
from hub.house import House
from hub.policy.ceilings import Ceilings, Quota
from hub.policy.rules import Rules
from hub.simulation.comparing import Comparison, compare
from hub.simulation.jobs import Job
from hub.simulation.ours import Policy
from hub.simulation.replay import to_jobs
from hub.store.gpus import load_gpus
from hub.store.history import load_all_ceilings, load_past, load_windows

PRESENT = "present"
OTHER = "other"

Changes = Mapping[tuple[str, str], Quota | None]
"""What another policy sets, by scope and kind; None takes a value away. All else stays."""


def replay(
    house: House,
    since: datetime,
    changes: Changes,
    rules: Rules,
    trace: tuple[Job, ...] | None = None,
) -> Comparison:
    """Play what was asked since a moment, or a trace, under the present policy and another.

    Everything runs on the station's GPUs as they are now, all of them taken to be well. Reserved
    windows count for what was recorded, not for a trace. Raises Refused where there is nothing.
    """
    with house.database.read() as db:
        gpus = tuple(replace(gpu, health="ok", fault=None) for gpu in load_gpus(db))
        present = load_all_ceilings(db)
        jobs = trace if trace is not None else to_jobs(load_past(db, since))
        windows = load_windows(db, since) if trace is None else ()
    if not gpus:
        raise Refused("this station has no GPU to try a policy on")
    if not jobs:
        raise Refused("nobody asked for a GPU since then")
    policy = Policy(present, house.terms.rules, windows, house.zone)
    other = replace(policy, ceilings=changed(present, changes), rules=rules)
    return compare(jobs, gpus, {PRESENT: policy, OTHER: other})


def changed(present: Ceilings, changes: Changes) -> Ceilings:
    """Give the quotas as they would be after changes."""
    kept = {key: quota for key, quota in present.items() if key not in changes}
    return kept | {key: quota for key, quota in changes.items() if quota is not None}
