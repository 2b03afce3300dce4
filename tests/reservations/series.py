"""Windows of reservations by wall time and rule, and what must become of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from hub.calendars import check_series
from hub.policy.reasons import Reason
from hub.policy.reservations import Series
from hub.policy.reserving import Window

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN, SHANGHAI, SANTIAGO = "Europe/Berlin", "Asia/Shanghai", "America/Santiago"
LORD_HOWE = "Australia/Lord_Howe"


def wall(text: str) -> datetime:
    """Read wall time: 2027-03-28 02:30."""
    return datetime.fromisoformat(text)


def series(
    since: str, until: str, rrule: str | None = None, zone: str = BERLIN, *excluded: str
) -> Series:
    """Make the windows of a reservation."""
    return Series(wall(since), wall(until), zone, rrule, tuple(wall(text) for text in excluded))


def windows(wanted: Series) -> tuple[Window, ...]:
    """Give the windows of what must be accepted."""
    found = check_series(wanted, NOON, ZoneInfo(wanted.zone))
    assert not isinstance(found, Reason), found
    return found


def refused(wanted: Series) -> Reason:
    """Give why it is refused."""
    found = check_series(wanted, NOON, ZoneInfo(wanted.zone))
    assert isinstance(found, Reason), found
    return found


def shown(wanted: Series) -> list[str]:
    """Give each window as clocks of its zone show it, with the offsets."""
    zone = ZoneInfo(wanted.zone)
    return [
        f"{w.since.astimezone(zone):%m-%d %H:%M%z} {w.until.astimezone(zone):%H:%M%z}"
        for w in windows(wanted)
    ]


ZONES = st.sampled_from([BERLIN, SHANGHAI, SANTIAGO, "America/St_Johns", "Australia/Lord_Howe"])
WALLS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)).map(  # noqa: DTZ001 - wall time
    lambda found: found.replace(second=0, microsecond=0)
)
