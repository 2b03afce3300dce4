"""Calendar files we write: others can read them, and they come back as they were."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from hub.calendar_export import write_calendar
from hub.calendar_files import Entry, parse_calendar
from hub.calendars import as_kept, check_series
from hub.policy.reasons import Reason
from hub.policy.reservations import Reservation, Series
from tests.reservations.ics import BERLIN
from tests.reservations.series import NOON, wall


def reservation(series: Series, parts: int = 200, title: str = "Soil; course, 2") -> Reservation:
    """Make a reservation as it is kept."""
    return Reservation(1, "group:field-lab", parts, as_kept(series), title)


def come_back(*kept: Reservation) -> list[Entry] | Reason:
    """Write reservations, and read what was written."""
    return parse_calendar(write_calendar(kept, "0a1b2c3d", NOON).encode(), NOON, BERLIN)


def test_what_is_written_is_a_calendar_others_can_read() -> None:
    weekly = Series(
        wall("2027-01-04 08:00"), wall("2027-01-04 10:00"), "Europe/Berlin",
        "FREQ=WEEKLY;COUNT=3", (wall("2027-01-11 08:00"),),
    )  # fmt: skip
    text = write_calendar([reservation(weekly)], "0a1b2c3d", NOON)
    assert max(map(len, text.encode().split(b"\r\n"))) <= 75
    read = Calendar.from_ical(text)
    (found,) = read.events
    assert (read["VERSION"], "PRODID" in read, len(read.timezones)) == ("2.0", True, 1)
    assert str(found["UID"]) == "reservation-1@0a1b2c3d.allotment"
    assert found["DTSTAMP"].dt == NOON
    assert found.start == datetime(2027, 1, 4, 8, tzinfo=BERLIN)


def test_an_account_without_reservations_is_an_empty_calendar() -> None:
    assert Calendar.from_ical(write_calendar([], "0a1b2c3d", NOON)).events == []


def test_a_first_window_in_a_skipped_hour_comes_back_as_it_was() -> None:
    kept = reservation(
        Series(wall("2027-03-28 02:30"), wall("2027-03-28 04:00"), "Europe/Berlin",
               "FREQ=DAILY;COUNT=2")
    )  # fmt: skip
    (entry,) = come_back(kept)  # type: ignore[misc]
    assert entry == Entry(kept.series, kept.title, kept.parts)


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai", "America/Santiago"])
TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)


@st.composite
def kept_reservations(draw: st.DrawFn) -> Reservation | None:
    """Draw a reservation; None for one that would be refused."""
    days = st.datetimes(datetime(2026, 12, 1), datetime(2028, 1, 1))  # noqa: DTZ001 - wall time
    since = draw(days).replace(second=0, microsecond=0)
    hour, minute = divmod(draw(st.integers(1, 23 * 60)), 60)
    freq = draw(st.sampled_from([None, "DAILY", "WEEKLY", "MONTHLY"]))
    end = draw(st.sampled_from(["UNTIL=20280301", "COUNT=9"]))
    rule = None if freq is None else f"FREQ={freq};{end}"
    wanted = Series(since, since.replace(hour=hour, minute=minute), draw(ZONES), rule)
    if isinstance(check_series(wanted, NOON, BERLIN), Reason):
        return None
    return reservation(wanted, draw(st.integers(1, 40_000)), draw(TITLES).strip())


@settings(max_examples=200, deadline=None)
@given(kept_reservations())
def test_what_is_accepted_comes_back_from_its_file_as_it_was(kept: Reservation | None) -> None:
    if kept is not None:
        assert come_back(kept) == [Entry(kept.series, kept.title, kept.parts)]
