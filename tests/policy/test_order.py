"""Class, usage, time, number: the order of those who wait."""

from datetime import timedelta

from hub.policy.order import arrange
from hub.policy.rules import Rules
from hub.policy.tickets import Queued
from tests.policy.conftest import NOON
from tests.policy.floors import waits


def served(*queue: Queued) -> list[int]:
    """List the tickets in the order in which they are served at noon."""
    return [queued.ticket.id for queued in arrange(queue, NOON, Rules())]


def test_a_higher_priority_is_served_first() -> None:
    assert served(waits(1, asked=-2), waits(2, asked=-1, priority=6)) == [2, 1]


def test_among_equals_whoever_used_less_is_served_first() -> None:
    assert served(waits(1, asked=-2, usage=0.3), waits(2, asked=-1, usage=0.1)) == [2, 1]


def test_among_equals_whoever_asked_first_is_served_first() -> None:
    assert served(waits(1, asked=-1), waits(2, asked=-2)) == [2, 1]


def test_at_the_same_time_the_lower_number_is_served_first() -> None:
    assert served(waits(2), waits(1)) == [1, 2]


def test_twelve_hours_of_waiting_are_worth_one_priority() -> None:
    assert served(waits(1, asked=-11.9), waits(2, priority=6)) == [2, 1]
    assert served(waits(1, asked=-12), waits(2, priority=6)) == [1, 2]


def test_no_waiting_rises_above_nine() -> None:
    old, new = waits(1, asked=-1000, usage=0.2), waits(2, priority=9, usage=0.1)
    assert served(old, new) == [2, 1]


def test_a_clock_set_back_costs_nobody_a_class() -> None:
    assert served(waits(1, asked=2), waits(2, asked=3)) == [1, 2]


def test_a_moved_ticket_stands_directly_before_the_other() -> None:
    line = [waits(n, asked=n - 10) for n in (1, 2, 3)]
    assert served(*line, waits(4, asked=-1, ahead_of=2)) == [1, 4, 2, 3]


def test_a_passed_offer_stands_directly_behind_the_next() -> None:
    assert served(waits(1, asked=-3, behind=2), waits(2, asked=-2), waits(3, asked=-1)) == [2, 1, 3]


def test_once_the_other_is_gone_the_old_place_counts() -> None:
    assert served(waits(1, asked=-3, behind=9), waits(2, asked=-2)) == [1, 2]
    assert served(waits(3, asked=-1, ahead_of=9), waits(2, asked=-2)) == [2, 3]


def test_the_step_of_priority_is_a_rule_of_the_station() -> None:
    quick = Rules(priority_step=timedelta(hours=1))
    queue = [waits(1, asked=-1), waits(2, priority=6, asked=-0.5)]
    assert [q.ticket.id for q in arrange(queue, NOON, quick)] == [1, 2]
