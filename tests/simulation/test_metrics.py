"""The figures, each worked out by hand from its formula."""

import pytest

from hub.simulation.baselines import baselines
from hub.simulation.metrics import fairness, jain, measure, percentile
from hub.simulation.world import play
from tests.simulation.conftest import gpus, job

FIFO = next(iter(baselines()))


def test_waits_are_from_submission_to_start() -> None:
    story = play([job("a", "1", 0, 4), job("b", "1", 1, 1), job("c", "1", 2, 1)], gpus(1), FIFO)
    found = measure(story)
    assert (found.mean_wait_h, found.worst_wait_h) == (pytest.approx(2), pytest.approx(3))
    assert (found.jobs, found.started, found.refusals, found.never_started) == (3, 3, 0, 0)


def test_utilisation_counts_from_the_first_to_the_last_submission() -> None:
    story = play([job("a", "0.5", 0, 4), job("b", "1", 8, 9)], gpus(1), FIFO)
    assert measure(story).utilisation == pytest.approx(0.5 * 4 / 8)


def test_fragmentation_is_the_part_of_what_is_free_that_lies_on_partly_used_gpus() -> None:
    story = play([job("a", "0.5", 0, 4), job("b", "1", 4, 1)], gpus(2), FIFO)
    assert measure(story).fragmentation == pytest.approx(0.5 / 1.5)


def test_nothing_is_in_pieces_when_every_gpu_is_free_or_full() -> None:
    story = play([job("a", "1", 0, 4), job("b", "1", 4, 1)], gpus(2), FIFO)
    assert measure(story).fragmentation == 0


def test_a_percentile_is_a_value_that_was_there() -> None:
    values = [float(n) for n in range(1, 21)]
    assert (percentile(values, 95), percentile(values, 100), percentile([7.0], 95)) == (19, 20, 7)
    assert percentile([], 95) == 0


@pytest.mark.parametrize(
    ("values", "index"), [([3, 3, 3], 1), ([1, 0, 0, 0], 0.25), ([1, 3], 0.8), ([0, 0], 1), ([], 1)]
)
def test_jains_index(values: list[float], index: float) -> None:
    assert jain(values) == pytest.approx(index)


def test_fairness_is_jains_index_of_a_days_gpu_hours_and_the_mean_over_days() -> None:
    jobs = [job("a", "1", 0, 30), job("b", "1", 6, 18)]
    story = play(jobs, gpus(1), FIFO)
    first, second = jain([24, 0]), jain([6, 18])
    assert fairness(story.runs) == pytest.approx((first + second) / 2)


def test_a_refusal_is_counted_and_has_no_wait() -> None:
    found = measure(play([job("huge", "2", 0, 1), job("a", "1", 1, 1)], gpus(1), FIFO))
    assert (found.refusals, found.started, found.mean_wait_h) == (1, 1, 0)
