"""The meter of a lease: boot time read tick by tick, charged to the day, never twice."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.policy.leases import Lease
from hub.policy.windows import split_by_day
from hub.units import PARTS

STEP = timedelta(seconds=30)
"""How far wall time may differ from boot time before it is taken to have been set anew."""

MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Reading:
    """The clocks at one moment: wall time, and milliseconds since which boot."""

    at: datetime
    boot_id: str
    boot_ms: int


@dataclass(frozen=True)
class Meter:
    """How far a lease has been read: what it ran, what of that was charged, what ran over.

    `run_ms` and `overrun_ms` are time, `charged_ms` is weighted GPU-time. `busy_ms` is the time
    in which its GPUs were seen at work.
    """

    boot_id: str
    boot_ms: int
    at: datetime
    run_ms: int = 0
    charged_ms: int = 0
    overrun_ms: int = 0
    busy_ms: int = 0
    seq: int = 0


@dataclass(frozen=True)
class Tick:
    """A meter as it stands after a reading, and what that charges on which day."""

    meter: Meter
    charges: tuple[tuple[date, int], ...] = ()


def begin(reading: Reading) -> Meter:
    """Begin to read a lease, at its first answer."""
    return Meter(reading.boot_id, reading.boot_ms, reading.at)


def tick(lease: Lease, meter: Meter, reading: Reading, counting: bool, zone: ZoneInfo) -> Tick:
    """Read on to the moment of a reading.

    The time since the last one is boot time: nothing over a boot in between. What of it lies
    before the end of charges is charged, unless it does not count because the GPU was lost; what
    lies past the expiry ran over.
    """
    span = _span(meter, reading)
    at = moment_of(meter, reading)
    boot_ms = reading.boot_ms
    if reading.boot_id == meter.boot_id:
        boot_ms = max(boot_ms, meter.boot_ms)
    moved = replace(meter, boot_id=reading.boot_id, boot_ms=boot_ms, at=at)
    end = charges_end(lease)
    if not counting or end is None or lease.expires_at is None:
        return Tick(moved)
    past = _within(at - end, span)
    over_ms = _within(at - lease.expires_at, span) // MS
    run_ms = min((span - past) // MS, max(allowed_ms(lease) - meter.run_ms, 0))
    since = at - span
    charges = _charges(lease.parts, meter, since, run_ms, zone)
    moved = replace(
        moved,
        run_ms=meter.run_ms + run_ms,
        charged_ms=meter.charged_ms + sum(ms for _, ms in charges),
        overrun_ms=meter.overrun_ms + over_ms,
        seq=meter.seq + 1 if charges else meter.seq,
    )
    return Tick(moved, charges)


def moment_of(meter: Meter, reading: Reading) -> datetime:
    """Say when a reading was taken, by the clock the lease's own times are told in.

    That is wall time while it agrees with boot time; a wall clock that was set is not believed
    until the lease's times, and its meter's, were moved with it. Time never runs backwards.
    """
    if reading.boot_id != meter.boot_id:
        return max(meter.at, reading.at)
    reckoned = meter.at + _span(meter, reading)
    return max(reading.at, meter.at) if abs(reading.at - reckoned) <= STEP else reckoned


def charges_end(lease: Lease) -> datetime | None:
    """Say when charges end: at the expiry or at the stop's acknowledgement; None before both."""
    return min((t for t in (lease.expires_at, lease.closing_at) if t is not None), default=None)


def allowed_ms(lease: Lease) -> int:
    """Say how long a lease may run at most, however its clocks were set."""
    if lease.active_at is None or lease.expires_at is None:
        return lease.duration // MS
    return max((lease.expires_at - lease.active_at) // MS, 0)


def overrun_cost_ms(lease: Lease, meter: Meter) -> int:
    """Give what ran over the expiry, in weighted GPU-milliseconds; it is nobody's."""
    return lease.parts * meter.overrun_ms // PARTS


def decayed(gpu_ms: float, since: datetime, now: datetime, half_life: timedelta) -> float:
    """Halve what was charged for every half-life of age; a clock that went back adds nothing."""
    age = max(now - since, timedelta())
    return float(gpu_ms * 0.5 ** (age / half_life))


def _span(meter: Meter, reading: Reading) -> timedelta:
    if reading.boot_id != meter.boot_id:
        return timedelta()
    return timedelta(milliseconds=max(reading.boot_ms - meter.boot_ms, 0))


def _within(length: timedelta, span: timedelta) -> timedelta:
    return min(max(length, timedelta()), span)


def _charges(
    parts: int, meter: Meter, since: datetime, run_ms: int, zone: ZoneInfo
) -> tuple[tuple[date, int], ...]:
    """Charge the floor of the whole run so far less what is charged, each day its own part."""
    days: dict[date, int] = {}
    charged, span = meter.charged_ms, timedelta()
    for day, part in split_by_day(since, since + timedelta(milliseconds=run_ms), zone):
        span += part
        total = parts * (meter.run_ms + span // MS) // PARTS
        if total > charged:
            days[day] = total - charged
            charged = total
    return tuple(days.items())
