"""What people are told when they join the waiting list, against what came of it."""

from datetime import timedelta

from hub.policy.futures import AHEAD, SUPPOSED_FROM, suppose
from hub.policy.tickets import Queued, Standing
from hub.simulation.foretelling import Foreteller, Told, hold
from hub.simulation.generator import Recipe, generate
from hub.simulation.ours import Ours, Policy
from hub.simulation.world import play
from tests.simulation.conftest import MONDAY, OPEN, gpus, job

HOUR = timedelta(hours=1)
FOUR = 4


def test_nine_in_ten_start_when_they_were_told_and_ranges_are_narrow() -> None:
    there = gpus(FOUR)
    rule = Foreteller(Policy(OPEN), there, every=5)
    story = play(generate(Recipe(jobs=700, gpus=FOUR)), there, rule)
    found = hold(story, rule.told)
    assert found.told > 80
    assert found.inside >= 0.9
    assert found.over_min <= 0
    assert found.over_median_min <= 0


def test_telling_changes_nothing_of_what_happens() -> None:
    there, jobs = gpus(FOUR), generate(Recipe(jobs=80, gpus=FOUR))
    told = play(jobs, there, Foreteller(Policy(OPEN), there))
    assert told.runs == play(jobs, there, Ours(Policy(OPEN), there)).runs


def test_how_forecasts_held_is_counted() -> None:
    there = gpus(1)
    jobs = [job("now", "1", 0, 4), job("inside", "1", 1, 1), job("late", "1", 2, 1)]
    jobs.append(job("early", "1", 3, 1))
    story = play(jobs, there, Ours(Policy(OPEN), there))
    told = {
        1: Told(MONDAY + HOUR, MONDAY + 3 * HOUR, MONDAY + 5 * HOUR),
        2: Told(MONDAY + 2 * HOUR, MONDAY + 3 * HOUR, MONDAY + 4 * HOUR),
        3: Told(MONDAY + 3 * HOUR, MONDAY + 7 * HOUR, MONDAY + 9 * HOUR),
    }
    found = hold(story, told)
    assert (found.told, found.inside, found.early, found.late) == (3, 1 / 3, 1 / 3, 1 / 3)
    assert (found.width_min, found.wait_min) == (120, 180)
    assert found.over_min == 120 - 3 * 60 / 2 - 15
    assert found.over_median_min == 120 - 180 / 2 - 15


def test_who_was_told_nothing_is_left_out() -> None:
    there = gpus(1)
    story = play([job("a", "1", 0, 1)], there, Ours(Policy(OPEN), there))
    assert hold(story, {0: Told(MONDAY, None, None)}).told == 0


def came(*hours_ago: float) -> list[Queued]:
    """Give tickets that were asked for so long before Monday."""
    rule = Ours(Policy(OPEN), gpus(1))
    jobs = [job(f"j{n}", "1", -hours, 1) for n, hours in enumerate(hours_ago)]
    return [Queued(rule.ticket(n, one)) for n, one in enumerate(jobs)]


def ahead(futures: tuple[tuple[Queued, ...], ...]) -> list[list[float]]:
    """Give in how many hours others come in every future."""
    return [[(one.ticket.asked_at - MONDAY) / HOUR for one in future] for future in futures]


def test_a_long_past_comes_again_from_this_time_of_a_past_day_on() -> None:
    found = suppose(came(50, 47, 30, 3, 150), MONDAY, 8)
    assert ahead(found)[:2] == [[1, 18, 45], [22, 25, 42]]


def test_a_short_past_comes_again_by_halves() -> None:
    assert ahead(suppose(came(8, 6, 1), MONDAY, 3)) == [[0, 2], [0], [3]]


def test_what_was_asked_comes_again_by_anybody_who_came_lately() -> None:
    past = [
        Queued(one.ticket, Standing(usage=float(number)))
        for number, one in enumerate(came(*range(1, 40)))
    ]
    own = {one.ticket.person_id: one.standing.usage for one in past}
    supposed = [one for future in suppose(past, MONDAY, 8) for one in future]
    swapped = [one for one in supposed if one.ticket.server != f"job-{one.ticket.person_id - 1}"]
    assert len(swapped) > len(supposed) / 2
    assert all(one.standing.usage == own[one.ticket.person_id] for one in supposed)


def test_nobody_is_supposed_to_have_a_real_tickets_number_or_to_have_come_before() -> None:
    futures = suppose(came(*range(1, 190)), MONDAY, 8)
    assert len(futures) == 8
    for future in futures:
        ids = [one.ticket.id for one in future]
        assert min(ids) >= SUPPOSED_FROM
        assert len(set(ids)) == len(ids)
        assert all(timedelta() <= one.ticket.asked_at - MONDAY <= AHEAD for one in future)


def test_nothing_is_supposed_of_no_past() -> None:
    assert suppose([], MONDAY, 8) == ()
    assert suppose(came(24 * 9), MONDAY, 8) == ()
