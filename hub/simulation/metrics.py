"""The figures of a story, the same for every rule."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.simulation.world import Run, Story
from hub.units import PARTS

DAY = timedelta(days=1)
HOUR_S = 3600.0


@dataclass(frozen=True)
class Figures:
    """Waits in hours; `utilisation` and `fragmentation` from the first to the last submission."""

    rule: str
    jobs: int
    started: int
    refusals: int
    never_started: int
    interrupted: int
    utilisation: float
    mean_wait_h: float
    p95_wait_h: float
    worst_wait_h: float
    fairness: float
    fragmentation: float

    def as_json(self) -> dict[str, Any]:
        """Give them rounded, as a JSON object."""
        return {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}


def measure(story: Story) -> Figures:
    """Work out the figures of a story.

    A wait is the time from submission to the first start. Jobs that were refused or never started
    have none.
    """
    first = [run for run in story.runs if not run.resumed]
    waits = [(run.started - run.job.submit).total_seconds() / HOUR_S for run in first]
    return Figures(
        rule=story.rule,
        jobs=len(first) + len(story.refused) + len(story.stuck),
        started=len(first),
        refusals=len(story.refused),
        never_started=len(story.stuck),
        interrupted=story.interrupted,
        utilisation=story.gauge.utilisation,
        mean_wait_h=sum(waits) / len(waits) if waits else 0.0,
        p95_wait_h=percentile(waits, 95),
        worst_wait_h=max(waits, default=0.0),
        fairness=fairness(story.runs),
        fragmentation=story.gauge.fragmentation,
    )


def percentile(values: Sequence[float], rank: int) -> float:
    """Give the nearest-rank percentile: the smallest value that `rank` percent do not exceed."""
    if not values:
        return 0.0
    return sorted(values)[max(-(-len(values) * rank // 100), 1) - 1]


def jain(values: Iterable[float]) -> float:
    """Give Jain's index, (sum x)^2 / (n sum x^2): 1 is all the same, 1/n is one has all."""
    listed = list(values)
    squares = sum(value * value for value in listed)
    return sum(listed) ** 2 / (len(listed) * squares) if squares else 1.0


def fairness(runs: Iterable[Run]) -> float:
    """Give Jain's index of GPU-hours, by day, and the mean over the days.

    Days of 24 h are counted from the first submission. On each, everybody counts who waited or ran
    then, with the GPU-hours they got on it. Over a whole trace every rule that serves all gives
    everybody the same in the end; only when they get it differs.
    """
    listed = list(runs)
    if not listed:
        return 1.0
    begin = min(run.job.submit for run in listed)
    got: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for run in listed:
        for day, _ in _days(run.job.submit, run.started, begin):
            got[day][run.job.user] += 0.0
        gpus = run.grant.placement.parts / PARTS
        for day, hours in _days(run.started, run.ends, begin):
            got[day][run.job.user] += gpus * hours
    indices = [jain(by_user.values()) for by_user in got.values()]
    return sum(indices) / len(indices)


def _days(since: datetime, until: datetime, begin: datetime) -> Iterator[tuple[int, float]]:
    """Yield the days a span touches, counted from a beginning, with its hours on each."""
    while since < until:
        day = (since - begin) // DAY
        end = min(until, begin + (day + 1) * DAY)
        yield day, (end - since).total_seconds() / HOUR_S
        since = end
