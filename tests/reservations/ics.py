"""Calendar files as others write them, and what becomes of reading one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hub.calendar_files import Entry, parse_calendar
from hub.policy.reasons import Reason

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PLAIN = "DTSTART:20270104T080000\nDTEND:20270104T100000\n"


def wall(text: str) -> datetime:
    """Read wall time."""
    return datetime.fromisoformat(text)


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
