"""Calendar files as others write them, and what becomes of reading one."""

from zoneinfo import ZoneInfo

from hub.calendar_files import Entry, parse_calendar
from hub.policy.reasons import Reason
from tests.reservations.series import NOON

BERLIN = ZoneInfo("Europe/Berlin")
PLAIN = "DTSTART:20270104T080000\nDTEND:20270104T100000\n"


def event(lines: str = PLAIN, uid: str = "one") -> str:
    """Write one event."""
    return f"BEGIN:VEVENT\nUID:{uid}\n{lines}END:VEVENT\n"


def calendar(*events: str) -> bytes:
    """Write a calendar."""
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{''.join(events)}END:VCALENDAR\n".encode()


def entries(*events: str) -> list[Entry]:
    """Read what must be accepted."""
    found = parse_calendar(calendar(*events), NOON, BERLIN)
    assert not isinstance(found, Reason), found
    return found


def refused(content: bytes) -> Reason:
    """Give why it is refused."""
    found = parse_calendar(content, NOON, BERLIN)
    assert isinstance(found, Reason), found
    return found
