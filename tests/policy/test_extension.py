"""Whether a lease may run longer: every rule, alone and at its edge, and what would pass."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from hub.policy.ceilings import Ceiling
from hub.policy.extension import (
    Extension,
    Ground,
    decide_extension,
    longest_extension,
    run_until,
)
from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.leases import Lease, State
from hub.policy.outcomes import Denial
from hub.policy.profiles import Profile
from hub.policy.queueing import shadow_of
from hub.policy.reasons import Reason
from hub.policy.reservations import Occurrence
from hub.policy.tickets import Queued, Ticket
from hub.units import PARTS
from tests.policy.conftest import NOON, gpu, lease
from tests.policy.floors import slots_of

HOUR = timedelta(hours=1)
END = NOON + 4 * HOUR
LAB, OTHERS = "group:field-lab", "group:visitors"


def floor_with(held: Lease, *more: TakenSlot, **changes: object) -> Floor:
    """A station of one GPU of four slots, two of them under the lease."""
    plain = Floor(
        now=NOON + HOUR,
        gpus=(gpu(1),),
        taken=(*slots_of([held]), *more),
        node="local",
        profiles={"notebook": Profile("notebook")},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def ground(floor: Floor, **changes: object) -> Ground:
    """Everything else in order: no ceiling set, no budget, and the real waiting list."""

    def first_start(seen: Floor) -> datetime | None:
        shadow = shadow_of(seen, lambda _: ())
        return shadow.at if shadow else None

    plain = Ground(floor, None, lambda _lease, _until: (), first_start)
    return replace(plain, **changes)  # type: ignore[arg-type]


def told(held: Lease, hours: float, on: Ground) -> list[tuple[str, str]]:
    """Name the reasons against so many hours more."""
    outcome = decide_extension(held, timedelta(hours=hours), on)
    return [(r.code, r.rule) for r in outcome.reasons] if isinstance(outcome, Denial) else []


def waits(gpus: str, hours: float = 2, number: int = 9, **changes: object) -> Queued:
    """Somebody else who waits for so much."""
    plain = Ticket(
        id=number,
        person_id=2,
        user="bob",
        server="",
        account=OTHERS,
        gpus=Fraction(gpus),
        duration=timedelta(hours=hours),
        asked_at=NOON,
    )
    return Queued(replace(plain, **changes))  # type: ignore[arg-type]


def reserved(account: str, gpus: float, since: float, until: float) -> Occurrence:
    """A reserved window, in hours after noon."""
    return Occurrence(1, account, int(gpus * PARTS), NOON + since * HOUR, NOON + until * HOUR)


def test_what_nothing_forbids_runs_longer() -> None:
    held = lease()
    assert decide_extension(held, HOUR, ground(floor_with(held))) == Extension(END + HOUR)


@pytest.mark.parametrize(("hours", "allowed"), [(2, True), (2.001, False)])
def test_the_ceiling_counts_the_whole_time(hours: float, allowed: bool) -> None:
    held = lease()
    on = ground(floor_with(held), ceiling=Ceiling(Fraction(6), "user:ann"))
    expected = [] if allowed else [("hours-quota", "lease-hours-total")]
    assert told(held, hours, on) == expected


def test_without_a_ceiling_the_whole_time_is_three_days() -> None:
    held = lease()
    assert told(held, 68, ground(floor_with(held))) == []
    assert told(held, 68.1, ground(floor_with(held))) == [("hours-quota", "lease-hours-total")]


def test_a_budget_that_does_not_hold_it_refuses() -> None:
    held = lease()
    over = Reason("budget", "gpu-hours", {"from": LAB})
    on = ground(floor_with(held), costs=lambda _, until: (over,) if until > END + HOUR else ())
    assert told(held, 1, on) == []
    assert told(held, 1.1, on) == [("budget", "gpu-hours")]


@pytest.mark.parametrize(
    ("window", "refused"),
    [
        (reserved(OTHERS, 1, 5, 8), True),
        (reserved(OTHERS, 0.5, 5, 8), False),
        (reserved(OTHERS, 1, 6, 8), False),
        (reserved(OTHERS, 1, 5.99, 8), True),
        (reserved(LAB, 1, 5, 8), False),
    ],
)
def test_nobodys_reservation_is_hindered(window: Occurrence, refused: bool) -> None:
    held = lease()
    expected = [("reservation", "extension")] if refused else []
    assert told(held, 2, ground(floor_with(held, occurrences=(window,)))) == expected


def test_a_reservation_that_has_begun_when_the_lease_would_have_ended_counts() -> None:
    held = lease()
    running = reserved(OTHERS, 1, 3.9, 8)
    on = ground(floor_with(held, occurrences=(running,)))
    assert told(held, 0.5, on) == [("reservation", "extension")]


def test_others_guarantees_stay_returnable() -> None:
    held = lease()
    on = ground(floor_with(held, guarantees={OTHERS: PARTS}))
    assert told(held, 1, on) == [("guarantee", "extension")]
    assert told(held, 1, ground(floor_with(held, guarantees={OTHERS: PARTS // 2}))) == []


def test_the_own_guarantee_carries_its_leases() -> None:
    held = lease()
    owed = {LAB: PARTS // 2, OTHERS: PARTS // 2}
    assert told(held, 1, ground(floor_with(held, guarantees=owed))) == []


def test_a_loan_hinders_no_promise_for_it_is_taken_back() -> None:
    held = lease(loan=True)
    on = ground(floor_with(held, guarantees={OTHERS: PARTS}))
    assert told(held, 1, on) == []


def test_no_loan_runs_past_its_notice() -> None:
    held = lease(loan=True, reclaim_at=NOON + 2 * HOUR)
    assert told(held, 1, ground(floor_with(held))) == [("loan", "notice")]


@pytest.mark.parametrize(
    "changes",
    [{"state": State.CLOSING}, {"state": State.HELD, "expires_at": None}, {"expires_at": NOON}],
)
def test_what_does_not_run_runs_no_longer(changes: dict[str, object]) -> None:
    assert told(lease(**changes), 1, ground(floor_with(lease()))) == [("extension", "not-running")]


@pytest.mark.parametrize(
    ("queued", "refused"),
    [
        (waits("1"), True),
        (waits("0.5"), False),
        (waits("1", not_before=NOON + 9 * HOUR), False),
        (waits("2"), False),
    ],
)
def test_nobody_who_waits_starts_later(queued: Queued, refused: bool) -> None:
    """Two slots are free: half a GPU starts now, a whole one when the lease ends, two never."""
    held = lease()
    expected = [("waiting", "extension")] if refused else []
    assert told(held, 1, ground(floor_with(held, queue=(queued,)))) == expected


def test_an_extension_that_ends_before_the_first_who_waits_can_start_delays_nobody() -> None:
    held = lease()
    longer = TakenSlot("GPU-1", 2, NOON + 7 * HOUR, 8, 3, OTHERS)
    on = ground(floor_with(held, longer, queue=(waits("1"),)))
    assert told(held, 3, on) == []
    assert told(held, 3.1, on) == [("waiting", "extension")]


def test_who_is_hindered_by_their_own_quota_hinders_nobody() -> None:
    held = lease()

    def first_start(seen: Floor) -> datetime | None:
        shadow = shadow_of(seen, lambda _: (Reason("budget", "gpu-hours"),))
        return shadow.at if shadow else None

    on = ground(floor_with(held, queue=(waits("1"),)), first_start=first_start)
    assert told(held, 1, on) == []


def test_a_start_that_nobody_could_foresee_any_more_counts_as_a_later_one() -> None:
    held = lease()
    before = floor_with(held)

    def first_start(seen: Floor) -> datetime | None:
        return END if seen is before else None

    assert told(held, 1, ground(before, first_start=first_start)) == [("waiting", "extension")]


def test_every_reason_is_told() -> None:
    held = lease()
    on = ground(
        floor_with(held, queue=(waits("1"),), occurrences=(reserved(OTHERS, 1, 5, 8),)),
        ceiling=Ceiling(Fraction(5), "site"),
        costs=lambda _lease, _until: (Reason("budget", "gpu-hours"),),
    )
    assert told(held, 2, on) == [
        ("hours-quota", "lease-hours-total"),
        ("budget", "gpu-hours"),
        ("reservation", "extension"),
        ("waiting", "extension"),
    ]


def test_a_denial_says_the_longest_that_would_pass() -> None:
    held = lease()
    on = ground(floor_with(held, occurrences=(reserved(OTHERS, 1, 5.5, 8),)))
    outcome = decide_extension(held, 3 * HOUR, on)
    assert isinstance(outcome, Denial)
    assert outcome.would_fit is not None
    assert outcome.would_fit.duration == 1.5 * HOUR
    assert isinstance(decide_extension(held, outcome.would_fit.duration, on), Extension)


def test_where_nothing_passes_no_longest_is_told() -> None:
    held = lease()
    on = ground(floor_with(held, occurrences=(reserved(OTHERS, 1, 4, 8),)))
    outcome = decide_extension(held, HOUR, on)
    assert isinstance(outcome, Denial)
    assert outcome.would_fit is None


def test_the_longest_is_what_the_ceiling_leaves() -> None:
    held = lease()
    on = ground(floor_with(held), ceiling=Ceiling(Fraction(10), "site"))
    assert longest_extension(held, on) == 6 * HOUR
    assert longest_extension(held, on, most=HOUR) == HOUR


def test_a_cpu_server_is_held_by_its_ceiling_only() -> None:
    held = lease(parts=0, slots=(), share=Fraction(0))
    busy = floor_with(lease(2), queue=(waits("1"),), guarantees={OTHERS: PARTS})
    assert told(held, 1, ground(busy)) == []
    assert told(held, 69, ground(busy)) == [("hours-quota", "lease-hours-total")]


def test_only_the_leases_own_slots_run_longer() -> None:
    held = lease()
    other = TakenSlot("GPU-1", 2, NOON + 7 * HOUR, 8, 3, OTHERS)
    moved = run_until(floor_with(held, other), held, END + HOUR)
    assert [slot.until for slot in moved.taken] == [END + HOUR, END + HOUR, NOON + 7 * HOUR]
