"""The committed generator of traces: a station that is nearly full, of long and short work."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

from hub.simulation.jobs import Job, in_order

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
WHOLE_SHARE = 0.2
QUARTER_SHARE = 0.6
MINUTES = {Fraction(1): (480, 1440), Fraction(1, 2): (120, 480), Fraction(1, 4): (10, 120)}
"""How long jobs of each share run, in minutes, every length as likely: 60% are quarters of less
than 2 h, 20% are whole GPUs for 8 to 24 h, and the halves lie between."""


@dataclass(frozen=True)
class Recipe:
    """What to generate; `early` is the part of the time asked for that jobs use at the least."""

    seed: int = 1
    jobs: int = 3000
    gpus: int = 8
    load: float = 0.9
    people: int = 60
    groups: int = 6
    early: float = 1.0


def generate(recipe: Recipe) -> tuple[Job, ...]:
    """Generate a trace; the same recipe always gives the same.

    Times between arrivals are exponential, then stretched so that the GPU-time that runs is
    exactly `load` of what the GPUs give from the first arrival to the last.
    """
    random = Random(recipe.seed)  # noqa: S311 - chance that must come out the same again
    sizes = [_draw_size(random, recipe.early) for _ in range(recipe.jobs)]
    who = [random.randrange(recipe.people) for _ in range(recipe.jobs)]
    gaps = [random.expovariate(1.0) for _ in range(recipe.jobs)]
    work = sum((float(gpus) * ran.total_seconds() for gpus, _, ran in sizes), 0.0)
    stretch = work / (recipe.load * recipe.gpus) / (sum(gaps[1:]) or 1.0)
    jobs, at = [], 0.0
    for number, (gpus, asked, ran) in enumerate(sizes):
        at += gaps[number] * stretch if number else 0.0
        person = who[number]
        submit = BEGIN + timedelta(seconds=round(at))
        group = f"group:group-{person % recipe.groups + 1}"
        name = f"job-{number + 1}"
        jobs.append(Job(name, gpus, submit, asked, ran, f"user-{person + 1}", group))
    return in_order(jobs)


def _draw_size(random: Random, early: float) -> tuple[Fraction, timedelta, timedelta]:
    kind = random.random()
    if kind < WHOLE_SHARE:
        gpus = Fraction(1)
    elif kind < WHOLE_SHARE + QUARTER_SHARE:
        gpus = Fraction(1, 4)
    else:
        gpus = Fraction(1, 2)
    shortest, longest = MINUTES[gpus]
    asked = timedelta(minutes=random.randint(shortest, longest - 1))
    used = early + (1 - early) * random.random()
    return gpus, asked, timedelta(seconds=round(asked.total_seconds() * used))
