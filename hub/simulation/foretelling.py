"""Forecasts told in a simulation to whoever has to wait, and how they held."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from hub.policy.forecast import MOST_PLAYS, Experience, forecast
from hub.policy.futures import REMEMBERED, suppose
from hub.policy.gpus import Gpu
from hub.policy.outcomes import Outcome, Wait
from hub.policy.tickets import Queued, Standing, Ticket
from hub.simulation.jobs import Job
from hub.simulation.ours import Ours, Policy
from hub.simulation.world import Run, Story, World

ENOUGH = 200
ALLOWED = timedelta(minutes=15)


@dataclass(frozen=True)
class Told:
    """What somebody was told as they joined the waiting list."""

    at: datetime
    earliest: datetime | None
    latest: datetime | None


@dataclass(frozen=True)
class Held:
    """How forecasts held: the part of the starts inside, and median width and wait in minutes.

    Narrow enough is a median width of at most half the wait and 15 min. That is told twice, at
    most 0 where it holds: `over_min` is the median of each range's width less half the wait it was
    about and 15 min, `over_median_min` the median width less half the median wait and 15 min.
    """

    told: int
    inside: float
    early: float
    late: float
    width_min: float
    wait_min: float
    over_min: float
    over_median_min: float


class Foreteller(Ours):
    """Our policy; who has to wait is told a forecast, from what was seen in the trace so far.

    One in `every` of them is told, so that a long trace can be looked at in a short time.
    """

    def __init__(self, policy: Policy, gpus: tuple[Gpu, ...], every: int = 1) -> None:
        super().__init__(policy, gpus)
        self._every = every
        self._waited = 0
        self.told: dict[int, Told] = {}
        self._came: list[Ticket] = []
        self._used: list[float] = []

    def arrive(self, world: World, number: int, job: Job) -> Outcome:
        """Ask admission, and tell who has to wait between when and when they start."""
        outcome = super().arrive(world, number, job)
        self._waited += isinstance(outcome, Wait)
        if isinstance(outcome, Wait) and self._waited % self._every == 0:
            world.waiting[number] = job
            floor = self.floor(world)
            del world.waiting[number]
            found = forecast(
                floor,
                lambda ticket: self.hindrances(floor, ticket),
                self._experience(world),
                whom=frozenset([number + 1]),
            )
            self.told[number] = Told(world.now, *found[number + 1])
        self._came.append(self.ticket(number, job))
        return outcome

    def ended(self, world: World, run: Run) -> None:
        """Close its lease, and remember how much of its time it used."""
        super().ended(world, run)
        self._used.append(run.job.ran / run.job.asked)

    def _experience(self, world: World) -> Experience:
        since = {number + 1: run.started for number, run in world.running.items()}
        self._came = [one for one in self._came if one.asked_at > world.now - REMEMBERED]
        came = [
            Queued(one, Standing(usage=self.books.usage(one.user, world.now))) for one in self._came
        ]
        futures = suppose(came, world.now, MOST_PLAYS)
        return Experience(tuple(self._used[-ENOUGH:]), since, futures)


def hold(story: Story, told: dict[int, Told]) -> Held:
    """Compare what was told with what came of it; who waits for what nobody knows is left out."""
    rows = [
        (run.started, told[run.number].at, earliest, latest)
        for run in story.runs
        if run.number in told
        and (earliest := told[run.number].earliest) is not None
        and (latest := told[run.number].latest) is not None
    ]
    count = len(rows) or 1
    widths = [_minutes(latest - earliest) for _, _, earliest, latest in rows] or [0.0]
    waits = [_minutes(started - at) for started, at, _, _ in rows] or [0.0]
    over = [w - a / 2 - _minutes(ALLOWED) for w, a in zip(widths, waits, strict=True)]
    early = sum(1 for started, _, earliest, _ in rows if started < earliest)
    late = sum(1 for started, _, _, latest in rows if started > latest)
    return Held(
        told=len(rows),
        inside=(len(rows) - early - late) / count,
        early=early / count,
        late=late / count,
        width_min=median(widths),
        wait_min=median(waits),
        over_min=median(over),
        over_median_min=median(widths) - median(waits) / 2 - _minutes(ALLOWED),
    )


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60
