"""What a reservation is checked against before it stands."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policy.amounts import promised_at
from hub.policy.claims import Claimed, as_occurrences, claim, depends_on, while_leases_run
from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.reasons import Reason
from hub.policy.reservations import Occurrence
from hub.policy.reserving import Clash, Window, Wish, due_before_bell, find_clash
from tests.policy.conftest import NOON, gpu

UTC_ZONE = ZoneInfo("UTC")
GPU = 400
"""The parts of a whole GPU."""


def at(hours: float) -> datetime:
    """Give the moment that many hours after noon."""
    return NOON + timedelta(hours=hours)


def window(since: float, until: float) -> Window:
    """Make a window of hours after noon."""
    return Window(at(since), at(until))


def wish(gpus: float, *windows: Window, account: str = "group:field-lab") -> Wish:
    """Wish for so many GPUs."""
    return Wish(account, int(gpus * GPU), windows)


def reserved(
    gpus: float, since: float, until: float, account: str = "group:visitors"
) -> Occurrence:
    """Make a window that is reserved already."""
    return Occurrence(7, account, int(gpus * GPU), at(since), at(until))


def held(
    number: int, until: float | None, account: str = "site", loan: bool = False, lease: int = 0
) -> list[TakenSlot]:
    """Take the whole GPU of that number until so many hours after noon."""
    end = None if until is None else at(until)
    return [
        TakenSlot(f"GPU-{number}", slot, end, lease or number, number, account, loan)
        for slot in range(4)
    ]


def floor(*slots: Iterable[TakenSlot], **changes: object) -> Floor:
    """Make a station of two GPUs at noon."""
    taken = tuple(slot for group in slots for slot in group)
    plain = Floor(now=NOON, gpus=(gpu(1), gpu(2)), taken=taken, node="local")
    return replace(plain, **changes)  # type: ignore[arg-type]


def clash(station: Floor, wanted: Wish) -> Clash:
    """Find the clash there must be."""
    found = find_clash(station, wanted)
    assert found is not None
    return found


def test_an_idle_station_can_be_reserved_whole() -> None:
    assert find_clash(floor(), wish(2, window(1, 3))) is None


def test_more_than_is_healthy_is_refused_with_the_numbers() -> None:
    station = floor(gpus=(gpu(1), gpu(2, health="fault")))
    found = clash(station, wish(1.5, window(1, 3)))
    assert (found.promised, station.healthy, found.soonest) == (600, 400, None)


def test_a_lease_counts_to_the_time_it_is_promised() -> None:
    station = floor(held(1, until=2))
    assert find_clash(station, wish(2, window(2, 3))) is None
    assert clash(station, wish(2, window(1.5, 3))).promised == 1200


def test_a_lease_of_which_nobody_knows_the_end_is_in_the_way_for_ever() -> None:
    assert clash(floor(held(1, until=None)), wish(2, window(500, 501))).soonest is None


def test_a_loan_is_no_obstacle() -> None:
    assert find_clash(floor(held(1, until=9, loan=True)), wish(2, window(1, 3))) is None


def test_a_loan_that_ends_frees_nothing_its_account_holds_otherwise() -> None:
    own, lent = held(1, until=9), held(2, until=2, loan=True)
    assert clash(floor(own, lent), wish(1.5, window(3, 4))).promised == 1000


def test_a_lease_that_is_ending_now_is_no_obstacle() -> None:
    assert find_clash(floor(held(1, until=0)), wish(2, window(0, 3))) is None


def test_what_others_have_reserved_counts_only_while_it_lasts() -> None:
    station = floor(occurrences=(reserved(1.5, 4, 6),))
    assert find_clash(station, wish(1, window(2, 4), window(6, 8))) is None
    found = clash(station, wish(1, window(2, 4), window(5, 8)))
    assert (found.window, found.moment) == (window(5, 8), at(5))


def test_a_reservation_that_begins_within_the_window_counts() -> None:
    station = floor(occurrences=(reserved(1.5, 4, 6),))
    assert clash(station, wish(1, window(2, 5))).moment == at(4)


def test_a_reservation_adds_to_another_of_the_same_account() -> None:
    station = floor(occurrences=(reserved(1.5, 4, 6, account="group:field-lab"),))
    assert clash(station, wish(1, window(4, 6))).promised == 1000


def test_an_account_may_use_its_own_guarantee() -> None:
    station = floor(guarantees={"group:field-lab": 2 * GPU})
    assert find_clash(station, wish(2, window(1, 3))) is None


def test_the_guarantee_of_another_is_kept() -> None:
    station = floor(guarantees={"group:visitors": GPU})
    found = clash(station, wish(1.5, window(1, 3)))
    assert (found.promised, found.soonest) == (1000, None)


def test_a_guarantee_counts_as_much_as_is_left_of_it() -> None:
    station = floor(gpus=(gpu(1), gpu(2, health="fault")), guarantees={"group:visitors": GPU})
    assert find_clash(station, wish(0.5, window(1, 3))) is None
    assert clash(station, wish(0.75, window(1, 3))).promised == 500


def test_leases_of_the_same_account_are_not_counted_beside_its_reservation() -> None:
    station = floor(held(1, until=9, account="group:field-lab"))
    assert find_clash(station, wish(2, window(1, 3))) is None


def test_the_soonest_time_has_room_for_the_whole_length() -> None:
    station = floor(held(1, until=2), occurrences=(reserved(1, 3, 4), reserved(1, 4.5, 5)))
    assert clash(station, wish(2, window(0, 1))).soonest == at(2)
    assert clash(station, wish(2, window(0, 1.5))).soonest == at(5)


def test_what_is_refused_now_passes_at_the_soonest_time() -> None:
    station = floor(held(1, until=2), occurrences=(reserved(1, 3, 4),))
    soonest = clash(station, wish(2, window(0, 1))).soonest
    assert soonest is not None
    assert find_clash(station, wish(2, Window(soonest, soonest + timedelta(hours=1)))) is None


def test_a_window_that_has_begun_is_checked_from_now() -> None:
    assert find_clash(floor(occurrences=(reserved(2, -3, -1),)), wish(2, window(-2, 1))) is None


@pytest.mark.parametrize("gpus", [0, -1, 2.25])
def test_nothing_or_more_than_the_station_has_is_refused(gpus: float) -> None:
    decided = claim(floor(), [wish(gpus, window(1, 2))], False, UTC_ZONE)
    assert not isinstance(decided, Claimed)
    (reason,) = decided.reasons
    assert (reason.code, reason.rule, reason.numbers["station"]) == ("reservation", "gpus", 2)


def test_a_refusal_names_the_window_the_numbers_and_the_soonest_time() -> None:
    station = floor(occurrences=(reserved(1.5, 4, 6),))
    decided = claim(station, [wish(1, window(5, 8))], False, ZoneInfo("Asia/Shanghai"))
    assert not isinstance(decided, Claimed)
    numbers = {
        "account": "group:field-lab",
        "asked": 1,
        "since": "2026-11-23 01:00",
        "until": "2026-11-23 04:00",
        "at": "2026-11-23 01:00",
        "promised": 2.5,
        "healthy": 2,
    }
    assert decided.reasons == (Reason("reservation", "capacity", numbers, "administrator", at(6)),)


def test_wishes_made_together_are_counted_beside_each_other() -> None:
    both = [wish(1, window(1, 3)), wish(1.5, window(2, 4), account="group:visitors")]
    assert isinstance(claim(floor(), both[:1], False, UTC_ZONE), Claimed)
    assert not isinstance(claim(floor(), both, False, UTC_ZONE), Claimed)


def test_a_loan_is_due_when_its_notice_ends_at_the_bell() -> None:
    bell = reserved(2, 1, 3)
    station = floor(held(1, until=9, loan=True), occurrences=(bell,))
    early = timedelta(minutes=11)
    assert due_before_bell(replace(station, now=bell.since - early)) == GPU
    assert due_before_bell(replace(station, now=bell.since - early - timedelta(seconds=1))) == 0


def test_no_more_is_due_than_the_reservation_lacks() -> None:
    lent = floor(held(1, until=9, loan=True), held(2, until=9, loan=True))
    near = {"now": at(0.9), "occurrences": (reserved(0.5, 1, 3),)}
    assert due_before_bell(replace(lent, **near)) == 200  # type: ignore[arg-type]


def test_what_its_account_holds_already_is_not_due_again() -> None:
    station = floor(
        held(1, until=9, loan=True),
        held(2, until=9, account="group:visitors"),
        now=at(0.9),
        occurrences=(reserved(1, 1, 3),),
    )
    assert due_before_bell(station) == 0


def test_loans_that_end_or_leave_before_the_bell_are_not_due() -> None:
    near = {"now": at(0.9), "occurrences": (reserved(2, 1, 3),)}
    assert due_before_bell(floor(held(1, until=0.95, loan=True), **near)) == 0
    station = floor(held(1, until=9, loan=True, lease=5), **near)
    assert (due_before_bell(station), due_before_bell(station, leaving={5})) == (GPU, 0)


def test_no_more_is_due_than_is_lent() -> None:
    gpus = (gpu(1), gpu(2, health="fault"))
    lent = held(1, until=9, loan=True)
    station = floor(lent, gpus=gpus, now=at(0.9), occurrences=(reserved(2, 1, 3),))
    assert due_before_bell(station) == GPU


def test_free_gpus_are_counted_before_any_loan_is_due() -> None:
    station = floor(held(1, until=9, loan=True), now=at(0.9), occurrences=(reserved(1, 1, 3),))
    assert due_before_bell(station) == 0


QUARTERS = st.integers(0, 40).map(lambda quarter: quarter / 4)
AMOUNTS = st.sampled_from([0.25, 0.5, 1, 1.25, 2])
ACCOUNTS = st.sampled_from(["group:field-lab", "group:visitors", "group:soil"])


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    """Draw a reservation of up to three windows."""
    edges = sorted(draw(st.lists(QUARTERS, min_size=2, max_size=6, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    windows = (window(since, until) for since, until in pairs)
    return wish(draw(AMOUNTS), *windows, account=draw(ACCOUNTS))


@st.composite
def stations(draw: st.DrawFn) -> Floor:
    """Draw a station with leases and guarantees that it can keep."""
    slots = [
        replace(slot, account=account, person_id=number)
        for number, until, account in zip(
            (1, 2),
            draw(st.tuples(QUARTERS, QUARTERS)),
            draw(st.tuples(ACCOUNTS, ACCOUNTS)),
            strict=True,
        )
        for slot in held(number, until)
        if until
    ]
    guarantees = {"group:soil": draw(st.sampled_from([0, 200, 400]))}
    station = floor(slots, guarantees=guarantees)
    return station if promised_at(station, NOON) <= station.healthy else floor(slots)


@settings(max_examples=300, deadline=None)
@given(stations(), st.lists(wishes(), max_size=8))
def test_no_accepted_reservations_promise_more_than_there_is_at_any_moment(
    station: Floor, asked: list[Wish]
) -> None:
    for number, wanted in enumerate(asked):
        if isinstance(claim(station, [wanted], False, UTC_ZONE), Claimed):
            made = as_occurrences(number, wanted)
            station = replace(station, occurrences=(*station.occurrences, *made))
    moments = [at(quarter / 4) for quarter in range(45)]
    assert all(promised_at(station, moment) <= station.healthy for moment in moments)


@settings(max_examples=300, deadline=None)
@given(stations(), st.lists(wishes(), max_size=4), wishes())
def test_only_what_would_promise_too_much_is_refused(
    station: Floor, standing: list[Wish], wanted: Wish
) -> None:
    for number, other in enumerate(standing):
        if find_clash(station, other) is None:
            made = as_occurrences(number, other)
            station = replace(station, occurrences=(*station.occurrences, *made))
    found = find_clash(station, wanted)
    together = replace(station, occurrences=(*station.occurrences, *as_occurrences(9, wanted)))
    within = [
        moment
        for moment in (at(quarter / 4) for quarter in range(45))
        if any(own.since <= moment < own.until for own in wanted.windows)
    ]
    over = [moment for moment in within if promised_at(together, moment) > station.healthy]
    assert (found.moment if found else None) == min(over, default=None)


@settings(max_examples=300, deadline=None)
@given(stations(), stations(), st.lists(wishes(), max_size=4), wishes())
def test_what_was_decided_before_leases_changed_is_decided_again_only_where_they_run(
    before: Floor, after: Floor, standing: list[Wish], wanted: Wish
) -> None:
    occurrences = tuple(
        each for number, other in enumerate(standing) for each in as_occurrences(number, other)
    )
    before, after = (replace(each, occurrences=occurrences) for each in (before, after))
    if depends_on(before) != depends_on(after):
        return
    if isinstance(claim(before, [wanted], False, UTC_ZONE), Claimed):
        near = claim(*while_leases_run(after, [wanted]), False, UTC_ZONE)
        assert type(near) is type(claim(after, [wanted], False, UTC_ZONE))
