"""Whatever is reserved: no moment is promised twice, and only what would be is refused."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policy.amounts import promised_at
from hub.policy.claims import Claimed, as_occurrences, claim, depends_on, while_leases_run
from hub.policy.floor import Floor
from hub.policy.reserving import Wish, find_clash
from tests.policy.conftest import NOON
from tests.policy.reserved import UTC_ZONE, at, floor, held, window, wish

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
