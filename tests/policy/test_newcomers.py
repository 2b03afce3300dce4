"""Where somebody who asks now stands among those who wait."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hub.policy.admission import decide
from hub.policy.outcomes import Grant, Outcome, Wait
from hub.policy.people import Person
from hub.policy.requests import SpawnRequest
from hub.policy.snapshot import Snapshot
from hub.policy.tickets import Queued, Standing
from tests.policy.conftest import SITE_QUOTAS
from tests.policy.floors import HALF, QUARTER, WHOLE, at, floor_of, held, waits

CHARLIE = Person(id=50, name="charlie", uid=201050)


def ask(
    queue: tuple[Queued, ...],
    gpus: Fraction,
    hours: float,
    *,
    mine: Queued | None = None,
    running: float = 1.0,
) -> Outcome:
    """Let charlie ask on a station of one GPU, half of which runs for so many hours more."""
    floor = floor_of(1, held(1, 0, 1, hours=running) if running else [], queue=queue)
    request = SpawnRequest(gpus=gpus, duration=timedelta(hours=hours), if_busy="wait")
    ticket = mine.ticket if mine is not None else None
    standings = {"site": Standing()}
    return decide(
        request, Snapshot(floor, CHARLIE, "", SITE_QUOTAS, (), ticket=ticket, standings=standings)
    )


def test_who_was_moved_to_the_front_lets_no_newcomer_past_the_others() -> None:
    first = waits(1, WHOLE, asked=-1)
    moved = waits(9, WHOLE, asked=-1, usage=0.9, ahead_of=1)
    alone = ask((first,), HALF, hours=4)
    outcome = ask((first, moved), HALF, hours=4)
    assert isinstance(alone, Wait)
    assert isinstance(outcome, Wait)
    assert (alone.position, outcome.position) == (2, 3)


def test_the_same_request_stands_in_its_tickets_place() -> None:
    mine, other = waits(50, HALF, hours=4, asked=-5), waits(1, WHOLE, asked=-4)
    assert isinstance(ask((mine, other), HALF, hours=4, mine=mine), Grant)
    assert isinstance(ask((mine, other), QUARTER, hours=4, mine=mine), Grant)


def test_more_than_a_ticket_asks_for_has_a_newcomers_place() -> None:
    mine, other = waits(50, QUARTER, hours=4, asked=-5), waits(1, WHOLE, asked=-4)
    for gpus, hours in ((HALF, 4.0), (QUARTER, 5.0)):
        outcome = ask((mine, other), gpus, hours, mine=mine)
        assert isinstance(outcome, Wait)
        assert outcome.position == 2


def test_who_asks_before_the_time_they_chose_still_has_their_place() -> None:
    later = waits(50, WHOLE, asked=-5, not_before=at(5))
    other = waits(1, WHOLE, asked=-1)
    assert isinstance(ask((later, other), WHOLE, hours=1, mine=later, running=0), Grant)
    stranger = replace(later, ticket=replace(later.ticket, id=60, person_id=60))
    waited = ask((stranger, other), WHOLE, hours=1, running=0)
    assert isinstance(waited, Wait)
    assert waited.position == 3


def test_nobody_slips_in_while_the_lease_in_the_way_is_closing() -> None:
    first = waits(1, WHOLE, asked=-1)
    for ended in (0.0, -0.01):
        assert isinstance(ask((first,), HALF, hours=1, running=ended), Wait)
