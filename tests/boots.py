"""Boot time that goes along with a test's wall time, whatever that is."""

from datetime import UTC, datetime

from hub.clock import BootTime

BOOTED = datetime(2026, 11, 1, tzinfo=UTC)


def boot_at(now: datetime, boot_id: str = "boot-1") -> BootTime:
    """Give the boot time of a machine that has run since the first of the month."""
    return BootTime(boot_id, (now - BOOTED).total_seconds())
