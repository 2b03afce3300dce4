"""Stories worked out by hand, under the simple rules everything is compared with."""

from collections.abc import Sequence

import pytest

from hub.policy.gpus import Gpu
from hub.simulation.baselines import Baseline, baselines
from hub.simulation.jobs import Job
from hub.simulation.world import Story, play
from tests.simulation.conftest import gpus, job, starts

BIG_IN_FRONT = [
    job("half", "0.5", 0, 4),
    job("big", "1", 1, 2),
    job("short", "0.5", 1.5, 1),
    job("long", "0.5", 1.75, 3),
]
"""On one GPU, the big one can start when the half ends, at 4; the long one would delay it."""


def run(name: str, jobs: Sequence[Job], there: tuple[Gpu, ...] | None = None) -> Story:
    """Play jobs under one of the four rules on one GPU."""
    return play(jobs, there or gpus(1), rule(name))


def rule(name: str) -> Baseline:
    """Find one of the four."""
    return next(one for one in baselines() if one.name == name)


def test_the_four_are_fifo_priority_easy_and_an_oracle() -> None:
    assert [one.name for one in baselines()] == ["fifo", "priority", "easy", "oracle"]


def test_fifo_lets_nobody_pass_the_first() -> None:
    assert starts(run("fifo", BIG_IN_FRONT)) == {"half": 0, "big": 4, "short": 6, "long": 6}


def test_easy_lets_a_short_one_pass_and_not_a_long_one() -> None:
    assert starts(run("easy", BIG_IN_FRONT)) == {"half": 0, "short": 1.5, "big": 4, "long": 6}


def test_easy_lets_a_long_one_pass_that_leaves_the_firsts_slots_alone() -> None:
    jobs = [job("a", "0.5", 0, 4), job("b", "0.75", 0, 10), job("big", "1", 1, 2)]
    jobs.append(job("long", "0.25", 2, 24))
    assert starts(run("easy", jobs, gpus(2))) == {"a": 0, "b": 0, "long": 2, "big": 4}


def test_easy_goes_by_the_time_asked_for_not_by_the_time_used() -> None:
    jobs = [*BIG_IN_FRONT[:2], job("short", "0.5", 1.5, 1, asked=3)]
    assert starts(run("easy", jobs)) == {"half": 0, "big": 4, "short": 6}


@pytest.mark.parametrize("seed", range(5))
def test_easy_never_delays_the_first_beyond_what_it_was_promised(seed: int) -> None:
    fillers = [
        job(f"f{n}", "0.25", 1.1 + n * (seed + 1) / 7, (n + seed) % 6 + 0.5) for n in range(20)
    ]
    jobs = sorted([*BIG_IN_FRONT[:2], *fillers], key=lambda one: one.submit)
    assert starts(run("easy", jobs))["big"] <= 4


def test_priority_serves_the_higher_first_and_stays_strict() -> None:
    jobs = [job("now", "1", 0, 2), job("low", "0.25", 1, 1), job("high", "1", 1.5, 1, priority=7)]
    assert starts(run("priority", jobs)) == {"now": 0, "high": 2, "low": 3}


def test_the_oracle_serves_what_will_run_shortest_first() -> None:
    jobs = [
        job("now", "1", 0, 2),
        job("long", "1", 1, 8, asked=8),
        job("short", "1", 1, 1, asked=9),
    ]
    assert starts(run("oracle", jobs)) == {"now": 0, "short": 2, "long": 3}


def test_what_ends_makes_room_for_who_comes_in_the_same_moment() -> None:
    assert starts(run("fifo", [job("a", "1", 0, 2), job("b", "1", 2, 1)])) == {"a": 0, "b": 2}


def test_what_never_fits_is_refused_and_in_nobodys_way() -> None:
    story = run("fifo", [job("huge", "2", 0, 1), job("small", "0.25", 0, 1)])
    assert [refused.name for _, refused, _ in story.refused] == ["huge"]
    assert starts(story) == {"small": 0}


@pytest.mark.parametrize("name", ["fifo", "priority", "easy", "oracle"])
def test_no_slot_is_ever_held_twice(name: str) -> None:
    jobs = [job(f"j{n}", ("0.25", "0.5", "1")[n % 3], n * 0.3, 1 + n % 5) for n in range(40)]
    story = run(name, jobs, gpus(2))
    assert len(story.runs) == len(jobs)
    for one in story.runs:
        for other in story.runs:
            if one.number < other.number and one.started < other.ends and other.started < one.ends:
                assert not places(one.grant.placement.slots) & places(other.grant.placement.slots)


def places(slots: Sequence[object]) -> set[tuple[str, int]]:
    """List slots one by one."""
    return {(part.gpu_uuid, n) for part in slots for n in part.slots}  # type: ignore[attr-defined]
