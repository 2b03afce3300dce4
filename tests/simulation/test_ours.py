"""The real policy on a virtual clock: its order, its refusals, its guarantees, and no chance."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from hub.policy.ceilings import GPU_HOURS, GPUS, GUARANTEE, PRIORITY, TOTAL_GPUS, Ceilings, Quota
from hub.policy.reservations import Occurrence
from hub.simulation.baselines import baselines
from hub.simulation.comparing import compare, wakes
from hub.simulation.generator import Recipe, generate
from hub.simulation.jobs import Job
from hub.simulation.metrics import measure
from hub.simulation.ours import Ours, Policy
from hub.simulation.world import Story, play
from hub.units import PARTS
from tests.simulation.conftest import MONDAY, OPEN, gpus, job, starts


def run(jobs: list[Job], count: int = 1, more: Ceilings | None = None) -> Story:
    """Play jobs under our policy, with further quotas."""
    policy = Policy({**OPEN, **(more or {})})
    there = gpus(count)
    return play(jobs, there, Ours(policy, there), wakes(policy, jobs[0].submit, jobs[-1].submit))


def quota(value: float, window: str | None = None) -> Quota:
    """Make a quota."""
    return Quota(Fraction(value), window)  # type: ignore[arg-type]


def test_a_short_one_fills_the_gap_and_a_long_one_does_not() -> None:
    jobs = [job("half", "0.5", 0, 4), job("big", "1", 1, 2)]
    jobs += [job("short", "0.5", 1.5, 1), job("long", "0.5", 1.75, 3)]
    assert starts(run(jobs)) == {"half": 0, "short": 1.5, "big": 4, "long": 6}


def test_who_used_less_is_served_first() -> None:
    jobs = [job("a1", "1", 0, 6, user="ann"), job("a2", "1", 1, 1, user="ann")]
    jobs.append(job("b1", "1", 2, 1, user="bob"))
    assert starts(run(jobs)) == {"a1": 0, "b1": 6, "a2": 7}


def test_a_higher_class_is_served_first_and_twelve_hours_are_a_class() -> None:
    jobs = [job("now", "1", 0, 14), job("low", "1", 1, 1, priority=5)]
    jobs.append(job("high", "1", 13.5, 1, priority=6))
    story = run([*jobs, job("higher", "1", 13.75, 1, priority=7)])
    assert starts(story) == {"now": 0, "higher": 14, "low": 15, "high": 16}


def test_the_policys_priority_goes_before_the_traces() -> None:
    jobs = [job("now", "1", 0, 2), job("a", "1", 0.5, 1, account="group:a", priority=9)]
    jobs.append(job("b", "1", 1, 1, account="group:b"))
    more = {("group:a", PRIORITY): quota(2)}
    assert starts(run(jobs, more=more)) == {"now": 0, "b": 2, "a": 3}


def test_what_is_over_the_own_ceiling_is_refused_with_its_reason() -> None:
    story = run([job("a", "1", 0, 1), job("b", "0.5", 0, 1)], more={("site", GPUS): quota(0.5)})
    assert [(one.name, [r.code for r in reasons]) for _, one, reasons in story.refused] == [
        ("a", ["gpu-quota"])
    ]
    assert starts(story) == {"b": 0}


def test_nothing_set_means_nothing_starts() -> None:
    there = gpus(1)
    story = play([job("a", "0.5", 0, 1)], there, Ours(Policy({}), there))
    assert (len(story.refused), len(story.runs)) == (1, 0)


def test_a_total_makes_a_groups_second_wait_while_others_start() -> None:
    jobs = [job("a1", "0.5", 0, 2, account="group:a"), job("a2", "0.5", 1, 1, account="group:a")]
    jobs.append(job("b", "0.5", 1.5, 1, account="group:b"))
    more = {("group:a", TOTAL_GPUS): quota(0.5)}
    assert starts(run(jobs, more=more)) == {"a1": 0, "b": 1.5, "a2": 2}


def test_a_budget_that_is_used_up_refuses() -> None:
    jobs = [job("a1", "1", 0, 2, user="ann"), job("a2", "1", 3, 1, user="ann")]
    story = run(
        [*jobs, job("a3", "1", 25, 1, user="ann")], more={("site", GPU_HOURS): quota(2, "day")}
    )
    assert [one.name for _, one, _ in story.refused] == ["a2"]
    assert starts(story) == {"a1": 0, "a3": 25}


def test_what_was_promised_and_not_used_is_given_back_to_the_budget() -> None:
    jobs = [job("a1", "1", 0, 1, user="ann", asked=2), job("a2", "1", 3, 1, user="ann")]
    story = run(jobs, more={("site", GPU_HOURS): quota(2, "day")})
    assert starts(story) == {"a1": 0, "a2": 3}


def test_a_guarantee_is_kept_free_of_whoever_would_not_give_it_back() -> None:
    more = {("group:a", GUARANTEE): quota(1)}
    jobs = [job("b1", "1", 0, 9, account="group:b"), job("a", "1", 1, 1, account="group:a")]
    assert starts(run(jobs, count=2, more=more)) == {"b1": 0, "a": 1}


def test_a_loan_is_taken_back_for_who_is_owed_it_and_goes_on_later() -> None:
    more = {("group:a", GUARANTEE): quota(1)}
    jobs = [job("b", "1", 0, 9, account="group:b"), job("a", "1", 1, 1, account="group:a")]
    story = run(jobs, more=more)
    found = [(one.job.name, one.started, one.ends, one.resumed) for one in story.runs]
    told = MONDAY + timedelta(hours=1, minutes=10)
    back = told + timedelta(hours=1)
    assert found == [
        ("b", MONDAY, told, False),
        ("a", told, back, False),
        ("b", back, back + timedelta(hours=9) - (told - MONDAY), True),
    ]
    figures = measure(story)
    assert (figures.interrupted, figures.started, figures.jobs) == (1, 2, 2)
    assert figures.mean_wait_h == pytest.approx(10 / 60 / 2)


def test_a_loan_runs_to_its_end_where_nobody_is_owed_it() -> None:
    more = {("group:a", GUARANTEE): quota(1)}
    jobs = [job("b", "1", 0, 9, account="group:b"), job("c", "1", 1, 1, account="group:c")]
    assert starts(run(jobs, more=more)) == {"b": 0, "c": 9}


def test_a_reserved_window_is_free_for_its_account_when_it_begins() -> None:
    window = Occurrence(
        1, "group:a", PARTS, MONDAY + timedelta(hours=2), MONDAY + timedelta(hours=4)
    )
    policy = Policy(OPEN, occurrences=(window,))
    there, jobs = gpus(1), [job("b", "1", 0, 3), job("a", "1", 2, 1, account="group:a")]
    rule = Ours(policy, there)
    story = play(jobs, there, rule, wakes(policy, MONDAY, MONDAY + timedelta(hours=2)))
    assert starts(story)["a"] == 2


def test_the_same_trace_gives_the_same_story() -> None:
    jobs = generate(Recipe(seed=7, jobs=150, gpus=4, early=0.5))
    there = gpus(4)
    one, two = (play(jobs, there, Ours(Policy(OPEN), there)) for _ in range(2))
    assert one.runs == two.runs


def test_every_job_starts_once_and_no_slot_is_held_twice() -> None:
    jobs = generate(Recipe(seed=3, jobs=150, gpus=4))
    there = gpus(4)
    story = play(jobs, there, Ours(Policy(OPEN), there))
    assert sorted(run.number for run in story.runs) == list(range(150))
    held: dict[tuple[str, int], list[tuple[object, object]]] = {}
    for one in story.runs:
        for part in one.grant.placement.slots:
            for slot in part.slots:
                spans = held.setdefault((part.gpu_uuid, slot), [])
                assert all(one.started >= end or one.ends <= begin for begin, end in spans)  # type: ignore[operator]
                spans.append((one.started, one.ends))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_trace_is_nearly_full_and_of_the_mix_that_is_said(seed: int) -> None:
    jobs = generate(Recipe(seed=seed, jobs=2000))
    shares = [job.gpus for job in jobs]
    assert shares.count(Fraction(1)) / 2000 == pytest.approx(0.2, abs=0.03)
    assert shares.count(Fraction(1, 4)) / 2000 == pytest.approx(0.6, abs=0.03)
    assert all(job.asked < timedelta(hours=2) for job in jobs if job.gpus == Fraction(1, 4))
    whole = [job.asked for job in jobs if job.gpus == 1]
    assert min(whole) >= timedelta(hours=8)
    assert max(whole) <= timedelta(hours=24)
    span = jobs[-1].submit - jobs[0].submit
    work = sum((float(job.gpus) * (job.ran / span) for job in jobs), 0.0)
    assert work / Recipe().gpus == pytest.approx(0.9, abs=0.001)


def test_the_same_seed_gives_the_same_trace_and_another_another() -> None:
    assert generate(Recipe(jobs=50)) == generate(Recipe(jobs=50))
    assert generate(Recipe(jobs=50)) != generate(Recipe(jobs=50, seed=2))


def test_policies_stand_beside_the_four_with_their_ratios() -> None:
    jobs = generate(Recipe(jobs=200, gpus=4))
    open_, tight = Policy(OPEN), Policy({**OPEN, ("site", GPUS): quota(0.5)})
    found = compare(jobs, gpus(4), {"present": open_, "other": tight})
    names = [one.rule for one in found.figures]
    assert names == ["fifo", "priority", "easy", "oracle", "present", "other"]
    document = found.as_json()
    present, other = document["rules"][4:]
    assert other["refusals"] > present["refusals"] == 0
    fifo = document["rules"][0]
    assert fifo["mean_to_fifo"] == 1
    assert present["mean_to_fifo"] == pytest.approx(
        present["mean_wait_h"] / fifo["mean_wait_h"], abs=0.01
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_full_station_is_served_better_than_first_come_first_served(seed: int) -> None:
    jobs, there = generate(Recipe(seed=seed, jobs=1200)), gpus(8)
    fifo = measure(play(jobs, there, next(iter(baselines()))))
    ours = measure(play(jobs, there, Ours(Policy(OPEN), there)))
    assert ours.mean_wait_h <= 0.6 * fifo.mean_wait_h
    assert ours.worst_wait_h <= 1.25 * fifo.worst_wait_h


def test_a_ratio_to_nothing_is_none() -> None:
    found = compare([job("a", "1", 0, 1)], gpus(1), {"ours": Policy(OPEN)})
    assert found.ratio("ours", "mean_wait_h") is None


def test_nobody_is_left_waiting_for_a_budget_that_never_holds_it() -> None:
    jobs = [replace(job("a", "1", 0, 3), user="ann")]
    story = run(jobs, more={("site", GPU_HOURS): quota(2, "day")})
    assert (len(story.refused), len(story.stuck)) == (1, 0)
