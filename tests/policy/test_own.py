"""What of a person's own counts against them, and how long their budgets would last."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from hub.policy.admission import account_of, decide
from hub.policy.ceilings import Quota
from hub.policy.gpus import TakenSlot
from hub.policy.leases import State
from hub.policy.outcomes import Denial, Grant, Outcome
from hub.policy.requests import SpawnRequest
from hub.policy.reservations import Occurrence
from hub.policy.snapshot import Snapshot
from tests.policy.conftest import NOON, gpu, lease, on_floor

HOUR = timedelta(hours=1)


def within(snapshot: Snapshot, **ceilings: int) -> Snapshot:
    """Set what one person may hold at most."""
    more = {("site", kind): Quota(Fraction(value)) for kind, value in ceilings.items()}
    return replace(snapshot, ceilings={**snapshot.ceilings, **more})


@pytest.mark.parametrize(("weight", "hours"), [(50, 8), (100, 4), (200, 2)])
def test_the_longest_time_that_budgets_hold_is_told_by_weight(
    snapshot: Snapshot, weight: int, hours: int
) -> None:
    wide = on_floor(snapshot, gpus=(gpu(1, weight=weight),))
    wish = SpawnRequest(gpus=Fraction(1), duration=9 * HOUR)
    outcome = decide(wish, within(wide, gpus=2, gpu_hours_each=4))
    assert isinstance(outcome, Denial)
    assert outcome.would_fit is not None
    assert outcome.would_fit.gpus == 1
    assert abs(outcome.would_fit.duration - hours * HOUR) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("weight", "held", "account"),
    [(50, 0, "group:course"), (50, 1, "group:field-lab"), (200, 0, "group:field-lab")],
)
def test_a_start_draws_on_a_reservation_by_weight(
    snapshot: Snapshot, weight: int, held: int, account: str
) -> None:
    person = replace(snapshot.person, groups=("field-lab", "course"))
    window = Occurrence(1, "group:course", 200, NOON - HOUR, NOON + 3 * HOUR)
    used = [TakenSlot("GPU-2", n, NOON + HOUR, 7, 7, "group:course") for n in range(held)]
    gpus = (gpu(1, weight=weight), gpu(2, weight=weight))
    floor = on_floor(snapshot, gpus=gpus, taken=tuple(used), occurrences=(window,))
    wish = SpawnRequest(gpus=Fraction(1))
    assert account_of(wish, replace(floor, person=person)) == account


def test_a_server_and_the_offer_that_will_replace_it_count_once(snapshot: Snapshot) -> None:
    runs = lease(1, server="a", slots=(), share=Fraction(0), parts=0)
    offer = lease(2, server="a", state=State.HELD, offer_until=NOON + HOUR)

    def start(**ceilings: int) -> Outcome:
        return decide(SpawnRequest(), within(replace(snapshot, own=(runs, offer)), **ceilings))

    assert isinstance(start(servers=2, cpus=4, memory_gib=8), Grant)
    for ceilings in ({"servers": 1}, {"servers": 2, "cpus": 3}, {"servers": 2, "memory_gib": 7}):
        assert isinstance(start(**ceilings), Denial)
