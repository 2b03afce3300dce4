"""Whatever a station looks like: what is granted hinders nobody, and the longest is the longest."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policy.amounts import promised_at
from hub.policy.ceilings import Ceiling
from hub.policy.extension import (
    SHORTEST,
    Extension,
    Ground,
    decide_extension,
    longest_extension,
    run_until,
)
from hub.policy.floor import Floor
from hub.policy.gpus import SlotRange, TakenSlot
from hub.policy.leases import Lease
from hub.policy.profiles import Profile
from hub.policy.queueing import shadow_of
from hub.policy.reservations import Occurrence
from hub.policy.tickets import Queued, Ticket
from hub.units import PARTS
from tests.policy.conftest import NOON, gpu, lease
from tests.policy.floors import slots_of

HOUR = timedelta(hours=1)
ACCOUNTS = ("group:field-lab", "group:visitors", "site")
quarters = st.integers(1, 8).map(lambda n: n * timedelta(minutes=30))
shares = st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(2)])


def first_start(floor: Floor) -> datetime | None:
    """Say when the first who waits starts."""
    shadow = shadow_of(floor, lambda _: ())
    return shadow.at if shadow else None


@st.composite
def tickets(draw: st.DrawFn, number: int) -> Queued:
    """Draw somebody who waits."""
    return Queued(
        Ticket(
            id=number,
            person_id=100 + number,
            user=f"user-{number}",
            server="",
            account=draw(st.sampled_from(ACCOUNTS)),
            gpus=draw(shares),
            duration=draw(quarters),
            asked_at=NOON - draw(quarters),
            preemptible=draw(st.booleans()),
        )
    )


@st.composite
def stations(draw: st.DrawFn) -> tuple[Lease, Floor]:
    """Draw two GPUs that are partly taken, who waits, what is reserved, what is guaranteed."""
    held = lease(
        slots=(SlotRange("GPU-1", (0, 1)),),
        expires_at=NOON + draw(quarters),
        loan=draw(st.booleans()),
        account=draw(st.sampled_from(ACCOUNTS)),
    )
    taken = list(slots_of([held]))
    for number, (name, slot) in enumerate(
        [("GPU-1", 2), ("GPU-1", 3), ("GPU-2", 0), ("GPU-2", 1), ("GPU-2", 2), ("GPU-2", 3)]
    ):
        if draw(st.booleans()):
            account, until = draw(st.sampled_from(ACCOUNTS)), NOON + draw(quarters)
            taken.append(TakenSlot(name, slot, until, 10 + number, 50 + number, account))
    windows = []
    for number in range(draw(st.integers(0, 2))):
        since = NOON + draw(quarters)
        account, parts = draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from([200, 400, 800]))
        windows.append(Occurrence(number, account, parts, since, since + draw(quarters)))
    owed = {a: draw(st.sampled_from([0, 100, PARTS])) for a in ACCOUNTS}
    queue = tuple(draw(tickets(n)) for n in range(draw(st.integers(0, 3))))
    floor = Floor(
        now=NOON,
        gpus=(gpu(1), gpu(2)),
        taken=tuple(taken),
        node="local",
        profiles={"notebook": Profile("notebook")},
        guarantees={account: parts for account, parts in owed.items() if parts},
        occurrences=tuple(windows),
        queue=queue,
    )
    return held, floor


def ground(floor: Floor, hours: int = 12) -> Ground:
    """Put together what a decision looks at; the whole time is bounded."""
    return Ground(floor, Ceiling(Fraction(hours), "site"), lambda _a, _b: (), first_start)


@settings(max_examples=150, deadline=None)
@given(stations(), quarters)
def test_what_is_granted_breaks_no_promise_and_delays_nobody(
    station: tuple[Lease, Floor], more: timedelta
) -> None:
    held, floor = station
    outcome = decide_extension(held, more, ground(floor))
    if not isinstance(outcome, Extension):
        return
    after = run_until(floor, held, outcome.until)
    before = first_start(floor)
    assert before is None or (first_start(after) or outcome.until) <= before
    moments = [
        NOON,
        *(w.since for w in floor.occurrences),
        *(s.until for s in after.taken if s.until),
    ]
    for moment in moments:
        assert promised_at(after, moment) <= max(floor.healthy, promised_at(floor, moment))


@settings(max_examples=100, deadline=None)
@given(stations())
def test_the_longest_passes_and_a_minute_more_does_not(station: tuple[Lease, Floor]) -> None:
    held, floor = station
    on = ground(floor)
    longest = longest_extension(held, on) or timedelta()
    if longest:
        assert isinstance(decide_extension(held, longest, on), Extension)
        assert isinstance(decide_extension(held, longest / 2, on), Extension)
    assert not isinstance(decide_extension(held, longest + SHORTEST, on), Extension)


@settings(max_examples=60, deadline=None)
@given(stations(), quarters)
def test_the_same_question_has_the_same_answer(
    station: tuple[Lease, Floor], more: timedelta
) -> None:
    held, floor = station
    again = replace(floor, taken=tuple(reversed(floor.taken)), queue=tuple(reversed(floor.queue)))
    assert decide_extension(held, more, ground(floor)) == decide_extension(
        held, more, ground(again)
    )
