"""The only reader of the machine's clocks: wall time, and boot time with the boot's id."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class BootTime:
    """Seconds since this machine booted, suspended time included, and which boot it was."""

    boot_id: str
    seconds: float


def now() -> datetime:
    """Give the wall time, aware and in UTC."""
    return datetime.now(UTC)


def both() -> tuple[datetime, BootTime]:
    """Give wall time and boot time, read one right after the other."""
    return now(), boot()


def boot() -> BootTime:
    """Give the time since boot; it never steps when somebody sets the wall clock."""
    return BootTime(BOOT_ID.read_text().strip(), time.clock_gettime(time.CLOCK_BOOTTIME))
