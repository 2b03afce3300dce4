"""A station on a virtual clock: jobs come, wait, run and end; who starts is for a rule to say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import heappop, heappush
from typing import Protocol

from hub.policy.gpus import Gpu, TakenSlot
from hub.policy.outcomes import Denial, Grant, Outcome
from hub.policy.reasons import Reason
from hub.simulation.gauge import Gauge
from hub.simulation.jobs import Job


@dataclass(frozen=True)
class Run:
    """A job that was started: what it was granted, and from when until when it ran."""

    number: int
    job: Job
    grant: Grant
    started: datetime
    ends: datetime
    resumed: bool = False
    """Whether it goes on with what was broken off when its loan was taken back."""


@dataclass
class World:
    """The station at one moment of virtual time; jobs are known by their number in the trace."""

    gpus: tuple[Gpu, ...]
    now: datetime
    waiting: dict[int, Job] = field(default_factory=dict)
    running: dict[int, Run] = field(default_factory=dict)
    slots: dict[int, tuple[TakenSlot, ...]] = field(default_factory=dict)
    """The slots under lease, by job, promised for the time that was asked for."""
    freed: bool = False
    """Whether something ended, or a window opened, at this moment; else only jobs came."""

    def taken(self) -> tuple[TakenSlot, ...]:
        """List every slot under lease."""
        return tuple(slot for held in self.slots.values() for slot in held)


class Rule(Protocol):
    """Who may start; it sees the whole world and changes nothing in it."""

    name: str

    def arrive(self, world: World, number: int, job: Job) -> Outcome:
        """Decide on a job that has just come: it starts at once, waits, or is refused."""

    def next_start(self, world: World) -> tuple[int, Grant] | None:
        """Name the job that starts now, and where; asked again until there is none."""

    def began(self, world: World, run: Run) -> None:
        """Take note of a start."""

    def ended(self, world: World, run: Run) -> None:
        """Take note of an end."""

    def reclaims(self, world: World) -> Mapping[int, datetime]:
        """Name the jobs whose loans are taken back, of which it is newly known, and when."""

    def waits_again(self, world: World, number: int, job: Job) -> None:
        """Take note of what is left of a job that was broken off; it has a number of its own."""


@dataclass(frozen=True)
class Story:
    """What became of a trace under a rule."""

    rule: str
    runs: tuple[Run, ...]
    refused: tuple[tuple[int, Job, tuple[Reason, ...]], ...]
    stuck: tuple[Job, ...]
    """Jobs that nothing would ever have started."""
    interrupted: int
    """How often a loan was taken back."""
    gauge: Gauge


def play(
    jobs: Sequence[Job], gpus: Iterable[Gpu], rule: Rule, wakes: Iterable[datetime] = ()
) -> Story:
    """Run a trace, in the order of its submissions, from the first to the last end.

    `wakes` are further moments at which what may start changes by itself, in order.
    """
    stage = _Stage(jobs, tuple(gpus), rule, wakes)
    while stage.step():
        pass
    return stage.story()


class _Stage:
    """One trace being played."""

    def __init__(
        self, jobs: Sequence[Job], gpus: tuple[Gpu, ...], rule: Rule, wakes: Iterable[datetime]
    ) -> None:
        self.jobs = jobs
        self.rule = rule
        self.world = World(gpus, jobs[0].submit)
        self.gauge = Gauge(gpus, jobs[0].submit, jobs[-1].submit)
        self.wakes = iter(wakes)
        self.wake = next(self.wakes, None)
        self.come = 0
        self.ends: list[tuple[datetime, int]] = []
        self.cuts: list[tuple[datetime, int]] = []
        self.runs: dict[int, Run] = {}
        self.numbers = len(jobs)
        self.refused: list[tuple[int, Job, tuple[Reason, ...]]] = []

    def step(self) -> bool:
        """Go on to the next moment at which something happens; False when nothing will."""
        moment = self._next_moment()
        if moment is None:
            return False
        self.gauge.advance(moment)
        self.world.now = moment
        self.world.freed = moment == self.wake
        while self.ends and self.ends[0][0] <= moment:
            self._end(heappop(self.ends)[1])
        while self.cuts and self.cuts[0][0] <= moment:
            self._cut(heappop(self.cuts)[1])
        while self.come < len(self.jobs) and self.jobs[self.come].submit <= moment:
            self._arrive(self.come)
            self.come += 1
        while self.world.waiting and (start := self.rule.next_start(self.world)) is not None:
            self._start(*start)
        if self.world.waiting:
            for number, at in self.rule.reclaims(self.world).items():
                heappush(self.cuts, (at, number))
        return True

    def _next_moment(self) -> datetime | None:
        moments = [line[0][0] for line in (self.ends, self.cuts) if line]
        if self.come < len(self.jobs):
            moments.append(self.jobs[self.come].submit)
        while self.wake is not None and self.wake <= self.world.now:
            self.wake = next(self.wakes, None)
        if self.wake is not None and self.world.waiting:
            moments.append(self.wake)
        return min(moments, default=None)

    def _arrive(self, number: int) -> None:
        job = self.jobs[number]
        outcome = self.rule.arrive(self.world, number, job)
        if isinstance(outcome, Denial):
            self.refused.append((number, job, outcome.reasons))
            return
        self.world.waiting[number] = job
        if isinstance(outcome, Grant):
            self._start(number, outcome)

    def _start(self, number: int, grant: Grant) -> None:
        world = self.world
        job = world.waiting.pop(number)
        resumed = number >= len(self.jobs)
        run = Run(number, job, grant, world.now, world.now + job.ran, resumed)
        until = world.now + job.asked
        world.running[number] = run
        world.slots[number] = tuple(
            TakenSlot(part.gpu_uuid, slot, until, number + 1, 0, job.account, grant.loan)
            for part in grant.placement.slots
            for slot in part.slots
        )
        self.gauge.take(grant.placement)
        self.runs[number] = run
        heappush(self.ends, (run.ends, number))
        self.rule.began(world, run)

    def _end(self, number: int) -> None:
        run = self.world.running.pop(number, None)
        if run is None:
            return
        self.world.freed = True
        del self.world.slots[number]
        self.gauge.give_back(run.grant.placement)
        self.rule.ended(self.world, run)

    def _cut(self, number: int) -> None:
        """Break a job off; what is left of it waits again, with its original time."""
        run = self.world.running.get(number)
        if run is None:
            return
        now, ran = self.world.now, self.world.now - run.started
        self.runs[number] = replace(run, ends=now)
        self._end(number)
        left = replace(run.job, asked=run.job.asked - ran, ran=run.ends - now)
        self.world.waiting[self.numbers] = left
        self.rule.waits_again(self.world, self.numbers, left)
        self.numbers += 1

    def story(self) -> Story:
        """Give what became of it all."""
        stuck = tuple(job for n, job in self.world.waiting.items() if n < len(self.jobs))
        runs = tuple(self.runs.values())
        cuts = self.numbers - len(self.jobs)
        return Story(self.rule.name, runs, tuple(self.refused), stuck, cuts, self.gauge)
