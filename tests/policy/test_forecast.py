"""When those who wait will start: what is promised, what may come of it, and the margin."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from hub.policy.floor import Floor
from hub.policy.forecast import AFTER, BEFORE, Experience, Range, forecast
from hub.policy.gpus import TakenSlot
from hub.policy.profiles import Profile
from hub.policy.reasons import Reason
from hub.policy.reservations import Occurrence
from hub.policy.tickets import Queued, Standing, Ticket
from hub.units import PARTS
from tests.policy.conftest import NOON, gpu, taken

MINUTE = timedelta(minutes=1)


def ticket(number: int, gpus: str = "1", hours: float = 2, **changes: object) -> Ticket:
    """Make a ticket of that person's, asked for as many minutes after ten."""
    asked_at = NOON - timedelta(hours=2) + number * MINUTE
    plain = Ticket(
        id=number,
        person_id=number,
        user=f"user-{number}",
        server="",
        account="site",
        gpus=Fraction(gpus),
        duration=timedelta(hours=hours),
        asked_at=asked_at,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def floor(*tickets: Ticket, used: list[TakenSlot] | None = None, **changes: object) -> Floor:
    """Make a station of one GPU that is taken whole until two, where these people wait."""
    plain = Floor(
        now=NOON,
        gpus=(gpu(1),),
        taken=tuple(taken(1, 0, 1, 2, 3) if used is None else used),
        node="local",
        profiles={"notebook": Profile("notebook")},
        queue=tuple(Queued(one) for one in tickets),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def nobody(_: Ticket) -> tuple[Reason, ...]:
    """Hinder nobody."""
    return ()


def about(hours: float) -> Range:
    """Give the range of a start that is promised so many hours after noon."""
    wait = timedelta(hours=hours)
    return max(NOON, NOON + wait - MINUTE), NOON + wait * 1.15 + 3 * MINUTE


def latest(found: Range) -> datetime:
    """Give the latest start, which there is."""
    assert found[1] is not None
    return found[1]


def earliest(found: Range) -> datetime:
    """Give the earliest start, which there is."""
    assert found[0] is not None
    return found[0]


def test_nobody_waits_and_nothing_is_foretold() -> None:
    assert forecast(floor(), nobody) == {}


def test_the_first_starts_about_when_the_lease_in_its_way_ends() -> None:
    assert forecast(floor(ticket(1)), nobody) == {1: about(2)}


def test_the_second_starts_after_the_first_used_all_its_time() -> None:
    assert forecast(floor(ticket(1, hours=3), ticket(2)), nobody) == {1: about(2), 2: about(5)}


def test_a_short_one_fills_the_gap_before_a_large_one() -> None:
    used = taken(1, 0, 1, 2, hours=2)
    found = forecast(floor(ticket(1), ticket(2, "0.25", hours=1), used=used), nobody)
    assert found == {1: about(2), 2: about(0)}


def test_who_asked_not_to_start_before_a_time_does_not() -> None:
    later = ticket(1, not_before=NOON + timedelta(hours=6))
    assert forecast(floor(later), nobody) == {1: about(6)}


def test_a_reserved_window_is_waited_for_until_its_end() -> None:
    window = Occurrence(
        1, "group:class", PARTS, NOON + timedelta(hours=3), NOON + timedelta(hours=5)
    )
    waiting = ticket(1, hours=2, preemptible=False)
    assert forecast(floor(waiting, occurrences=(window,)), nobody) == {1: about(5)}


def test_a_lease_whose_end_nobody_knows_leaves_both_times_open() -> None:
    endless = [replace(slot, until=None) for slot in taken(1, 0, 1, 2, 3)]
    assert forecast(floor(ticket(1), used=endless), nobody) == {1: (None, None)}


def test_an_overdue_lease_is_taken_to_end_in_a_minute() -> None:
    assert forecast(floor(ticket(1), used=taken(1, 0, 1, 2, 3, hours=-1)), nobody) == {
        1: about(1 / 60)
    }


def test_whom_their_own_quota_hinders_gets_no_time_and_is_in_nobodys_way() -> None:
    def judge(one: Ticket) -> tuple[Reason, ...]:
        return (Reason("gpu-quota", "gpus"),) if one.id == 1 else ()

    assert forecast(floor(ticket(1), ticket(2)), judge) == {1: (None, None), 2: about(2)}


def test_a_budget_that_renews_is_waited_for() -> None:
    def judge(one: Ticket) -> tuple[Reason, ...]:
        return (Reason("budget", "gpu-hours", soonest=NOON + timedelta(hours=12)),)

    assert forecast(floor(ticket(1)), judge) == {1: about(12)}


def test_leases_that_used_to_end_early_make_the_earliest_earlier() -> None:
    since = {0: NOON - timedelta(hours=2)}
    found = forecast(floor(ticket(1)), nobody, Experience((0.6, 0.75, 1.0), since))
    assert earliest(found[1]) < NOON + timedelta(minutes=30)
    assert latest(found[1]) >= about(2)[1]


def test_a_lease_is_never_taken_to_end_before_now() -> None:
    since = {0: NOON - timedelta(hours=2)}
    found = forecast(floor(ticket(1)), nobody, Experience((0.01, 0.02, 0.9), since))
    assert earliest(found[1]) > NOON + timedelta(hours=1.4)


def test_who_may_come_and_go_first_makes_the_latest_later() -> None:
    comer = ticket(9, hours=4, asked_at=NOON + timedelta(hours=1))
    future = (Queued(comer, Standing(usage=0.0)),)
    waiting = floor(queue=(Queued(ticket(1), Standing(usage=1.0)),))
    found = forecast(waiting, nobody, Experience(futures=((), future)))
    assert set(found) == {1}
    assert earliest(found[1]) <= NOON + timedelta(hours=2)
    assert latest(found[1]) >= NOON + timedelta(hours=6)


def test_who_comes_later_and_is_served_later_changes_nothing() -> None:
    comer = ticket(9, hours=4, asked_at=NOON + timedelta(hours=1))
    future = (Queued(comer, Standing(usage=1.0)),)
    found = forecast(floor(ticket(1)), nobody, Experience(futures=(future,)))
    assert found == {1: (NOON + timedelta(hours=2) - BEFORE, NOON + timedelta(hours=2) + AFTER)}


def test_who_runs_something_meanwhile_falls_behind_who_only_waits() -> None:
    holds = [replace(slot, person_id=9) for slot in taken(1, 0, 1, 2, 3)]
    comer = ticket(9, hours=4, asked_at=NOON + timedelta(hours=1))
    future = (Queued(comer, Standing(usage=0.01)),)
    waiting = floor(queue=(Queued(ticket(1), Standing(usage=0.011)),), used=holds)
    found = forecast(waiting, nobody, Experience(futures=(future,)))
    assert latest(found[1]) < NOON + timedelta(hours=3)


def test_one_future_in_twelve_does_not_make_everybodys_range_wide() -> None:
    comer = ticket(9, hours=4, asked_at=NOON + timedelta(hours=1))
    future = (Queued(comer, Standing(usage=0.0)),)
    waiting = floor(queue=(Queued(ticket(1), Standing(usage=1.0)),))
    found = forecast(waiting, nobody, Experience(futures=((),) * 11 + (future,)))
    assert latest(found[1]) < NOON + timedelta(hours=3)


def test_who_was_supposed_to_have_come_by_now_is_not_in_the_line() -> None:
    comer = ticket(9, hours=4, asked_at=NOON)
    future = (Queued(comer, Standing(usage=0.0)),)
    waiting = floor(queue=(Queued(ticket(1), Standing(usage=1.0)),))
    found = forecast(waiting, nobody, Experience(futures=(future,)))
    assert latest(found[1]) < NOON + timedelta(hours=3)


def test_only_those_asked_about_are_told() -> None:
    waiting = floor(ticket(1), ticket(2))
    found = forecast(waiting, nobody, whom=frozenset([2, 99]))
    assert found == {2: forecast(waiting, nobody)[2]}


def test_the_same_floor_gives_the_same_forecast() -> None:
    since = {0: NOON - timedelta(hours=2)}
    waiting = floor(*(ticket(n, "0.5", hours=n) for n in range(1, 6)))
    experience = Experience((0.3, 0.6, 0.75, 0.9, 1.0), since)
    assert forecast(waiting, nobody, experience) == forecast(waiting, nobody, experience)


def test_a_large_station_is_foretold_nearly_as_well() -> None:
    gpus = tuple(gpu(n, node=f"node-{n // 8}") for n in range(200))
    used = [s for n in range(200) for s in taken(n, 0, 1, 2, 3, hours=1 + n / 25)]
    waiting = floor(*(ticket(n, hours=12) for n in range(1, 101)), used=used, gpus=gpus)
    found = forecast(waiting, nobody)
    for number in range(1, 101):
        promised = NOON + timedelta(hours=1 + (number - 1) / 25)
        assert earliest(found[number]) <= promised <= latest(found[number])
        assert latest(found[number]) - promised <= (promised - NOON) * 0.3 + 5 * MINUTE
