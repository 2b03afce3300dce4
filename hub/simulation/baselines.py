"""What to compare with: FIFO, strict priority, plain EASY backfill, and an oracle.

They know neither quotas nor guarantees, and place with the same function as ours does: what
differs is only who is served when.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction

from hub.policy.board import Board, lay_out
from hub.policy.outcomes import Denial, Grant, Outcome, Placement, Wait
from hub.policy.placement import choose, dealable
from hub.policy.profiles import Profile
from hub.policy.reasons import YOU, Reason
from hub.simulation.jobs import Job
from hub.simulation.world import Run, World
from hub.units import share_number

ANY = Profile("any")

Key = Callable[[int, Job], tuple[object, ...]]


class Baseline:
    """Takes those who wait by a key; `strict` stops at the first for whom there is no room."""

    def __init__(self, name: str, key: Key, strict: bool) -> None:
        self.name = name
        self._key = key
        self._strict = strict

    def arrive(self, world: World, number: int, job: Job) -> Outcome:
        """Let everybody wait but who never fits."""
        if dealable(world.gpus, ANY, job.gpus):
            return Wait((), None, None)
        return Denial((Reason("request", "share", {"asked": share_number(job.gpus)}, YOU),))

    def next_start(self, world: World) -> tuple[int, Grant] | None:
        """Name the first in order that fits."""
        board = lay_out(world.gpus, world.taken())
        hopeless: set[Fraction] = set()
        for number, job in self._line(world):
            placement = None if job.gpus in hopeless else choose(board, ANY, job.gpus)
            if placement is not None:
                return number, _grant(job, placement)
            if self._strict:
                return None
            hopeless.add(job.gpus)
        return None

    def began(self, world: World, run: Run) -> None:
        """Nothing to note."""

    def ended(self, world: World, run: Run) -> None:
        """Nothing to note."""

    def reclaims(self, world: World) -> Mapping[int, datetime]:
        """Take nothing back: nobody lends."""
        return {}

    def waits_again(self, world: World, number: int, job: Job) -> None:
        """Nothing to note."""

    def _line(self, world: World) -> list[tuple[int, Job]]:
        return sorted(world.waiting.items(), key=lambda entry: self._key(*entry))


class Easy(Baseline):
    """Plain EASY backfill: first come, first served; others may fill gaps in front of the first.

    The first who has no room gets the earliest time at which it fits when all that runs takes the
    time it asked for. Others start if they end by then or leave the slots it will have.
    """

    def __init__(self) -> None:
        super().__init__("easy", lambda number, _: (number,), strict=False)

    def next_start(self, world: World) -> tuple[int, Grant] | None:
        """Name the first in order that fits and does not delay the first who waits."""
        board = lay_out(world.gpus, world.taken())
        spare: Board | None = None
        shadow = world.now
        hopeless: set[tuple[Fraction, bool]] = set()
        for number, job in self._line(world):
            late = spare is not None and world.now + job.asked > shadow
            if (job.gpus, late) in hopeless:
                continue
            placement = choose(spare if late and spare else board, ANY, job.gpus)
            if placement is not None:
                return number, _grant(job, placement)
            hopeless.add((job.gpus, late))
            if spare is None:
                shadow, claim = first_fit(world, job)
                spare = board.copy()
                spare.take(claim.slots)
        return None


def first_fit(world: World, job: Job) -> tuple[datetime, Placement]:
    """Find when and where a job fits when everything running takes the time it asked for."""
    taken = list(world.taken())
    for end in sorted({slot.until for slot in taken if slot.until is not None}):
        left = [slot for slot in taken if slot.until is None or slot.until > end]
        placement = choose(lay_out(world.gpus, left), ANY, job.gpus)
        if placement is not None:
            return end, placement
    raise ValueError("what fits an empty station fits once everything has ended")


def baselines() -> Iterator[Baseline]:
    """Give the four, FIFO first."""
    yield Baseline("fifo", lambda number, _: (number,), strict=True)
    yield Baseline("priority", lambda number, job: (-job.priority, number), strict=True)
    yield Easy()
    yield Baseline("oracle", lambda number, job: (job.ran, number), strict=False)


def _grant(job: Job, placement: Placement) -> Grant:
    return Grant(placement, job.asked, job.account)
