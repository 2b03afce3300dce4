"""One trace under several policies and the four baselines, side by side."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.policy.gpus import Gpu
from hub.policy.windows import begin_of, day_of
from hub.simulation.baselines import baselines
from hub.simulation.jobs import Job
from hub.simulation.metrics import Figures, measure
from hub.simulation.ours import Ours, Policy
from hub.simulation.world import play

MOST_DAYS = 800
"""For so many days after its last request a trace is waited for; budgets renew each year."""


@dataclass(frozen=True)
class Comparison:
    """The figures of every rule, FIFO first, then the other baselines, then the policies."""

    jobs: int
    gpus: int
    since: datetime
    until: datetime
    figures: tuple[Figures, ...]

    def ratio(self, rule: str, figure: str, of: str = "fifo") -> float | None:
        """Give one figure of a rule over that of another; None where that is nothing."""
        by_name = {one.rule: one for one in self.figures}
        below = getattr(by_name[of], figure)
        return round(getattr(by_name[rule], figure) / below, 3) if below else None

    def as_json(self) -> dict[str, Any]:
        """Give it as a JSON object, with the ratios of every rule to FIFO and to the oracle."""
        rows = []
        for one in self.figures:
            ratios = {
                "mean_to_fifo": self.ratio(one.rule, "mean_wait_h"),
                "worst_to_fifo": self.ratio(one.rule, "worst_wait_h"),
                "mean_to_oracle": self.ratio(one.rule, "mean_wait_h", "oracle"),
            }
            rows.append(one.as_json() | ratios)
        return {
            "jobs": self.jobs,
            "gpus": self.gpus,
            "since": self.since.isoformat(timespec="seconds"),
            "until": self.until.isoformat(timespec="seconds"),
            "rules": rows,
        }


def compare(jobs: Sequence[Job], gpus: Iterable[Gpu], policies: Mapping[str, Policy]) -> Comparison:
    """Play a trace under the baselines and under every policy, by its name; jobs in order."""
    there = tuple(gpus)
    stories = [play(jobs, there, rule) for rule in baselines()]
    for name, policy in policies.items():
        edges = wakes(policy, jobs[0].submit, jobs[-1].submit)
        stories.append(play(jobs, there, Ours(policy, there, name), edges))
    figures = tuple(measure(story) for story in stories)
    return Comparison(len(jobs), len(there), jobs[0].submit, jobs[-1].submit, figures)


def wakes(policy: Policy, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the moments at which what may start changes by itself: windows and midnights.

    Budgets renew at a midnight of the station's zone.
    """
    lent = policy.rules.lend_reserved_after
    edges = {m for w in policy.occurrences for m in (w.since, w.since + lent, w.until)}
    first, last = day_of(since, policy.zone), day_of(until, policy.zone)
    days = (last - first).days + MOST_DAYS
    midnights = {begin_of(first + timedelta(days=n), policy.zone) for n in range(1, days)}
    yield from sorted(edge for edge in edges | midnights if edge > since)
