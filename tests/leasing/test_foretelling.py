"""What somebody is told of their turn at once, from what the station remembers of its past."""

from datetime import datetime, timedelta

from hub import leasing, waiting
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import EndReason
from hub.policy.outcomes import Outcome, Wait
from hub.waiting import TicketAsk
from tests.boots import boot_at
from tests.leasing.conftest import NOON
from tests.leasing.line import WHOLE, add, load, run

HOUR = timedelta(hours=1)
ASKED_AT = NOON + 3.5 * HOUR


def with_a_past(house: House) -> None:
    """Let ann use two of her four hours from noon on, and have the same again from three on."""
    lease = run(house, "ann")
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, NOON + 2 * HOUR)
    leasing.finish_closing(house, lease.id, NOON + 2 * HOUR, boot_at(NOON + 2 * HOUR))
    run(house, "ann", now=NOON + 3 * HOUR)


def told(outcome: Outcome | object) -> tuple[datetime, datetime]:
    """Give between when and when a turn is said to come."""
    assert isinstance(outcome, Wait)
    assert outcome.earliest is not None
    assert outcome.latest is not None
    return outcome.earliest, outcome.latest


def is_about_five(span: tuple[datetime, datetime]) -> bool:
    """Say whether it is told as what began at three used to end, not as it is promised."""
    return NOON + 4.9 * HOUR < span[0] <= NOON + 5 * HOUR <= span[1] < NOON + 5.5 * HOUR


def test_who_asks_is_told_from_the_past_at_once(house: House) -> None:
    with_a_past(house)
    outcome = leasing.request(house, Ask("bob", "", WHOLE), ASKED_AT)
    assert is_about_five(told(outcome))
    assert isinstance(outcome, Wait)
    assert outcome.ticket_id is not None
    ticket = load(house, outcome.ticket_id)
    assert (ticket.earliest, ticket.latest) == told(outcome)


def test_who_asks_for_a_ticket_is_told_from_the_past_at_once(house: House) -> None:
    with_a_past(house)
    outcome = waiting.ask_for_ticket(house, TicketAsk("bob", "", WHOLE), ASKED_AT)
    assert is_about_five(told(outcome))


def test_who_only_wonders_is_told_from_the_past(house: House) -> None:
    with_a_past(house)
    outcome = leasing.explain(house, Ask("bob", "", WHOLE), ASKED_AT)
    assert is_about_five(told(outcome))


def test_without_a_past_one_is_told_what_is_promised(house: House) -> None:
    run(house, "ann", now=NOON + 3 * HOUR)
    outcome = leasing.request(house, Ask("bob", "", WHOLE), ASKED_AT)
    assert told(outcome)[1] > NOON + 7 * HOUR


def test_behind_a_whole_class_one_is_told_what_is_promised(house: House) -> None:
    run(house, "ann")
    names = [f"person{number}" for number in range(12)]
    add(house, *names)
    outcomes = [leasing.request(house, Ask(name, "", WHOLE), NOON) for name in names]
    spans = [told(outcome) for outcome in outcomes]
    assert all(earliest <= latest for earliest, latest in spans)
    assert spans[-1][0] > spans[0][1]
