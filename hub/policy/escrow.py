"""What a lease may still cost, split over the days it may run; never less than nothing."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.policy.leases import Lease, State
from hub.policy.meters import Meter, allowed_ms, charges_end
from hub.policy.windows import split_by_day
from hub.units import PARTS

MS = timedelta(milliseconds=1)


def cost_ms(parts: int, run_ms: int) -> int:
    """Give what a run costs so far, in weighted GPU-milliseconds, rounded down once."""
    return parts * run_ms // PARTS


def cost_by_day(
    parts: int, since: datetime, until: datetime, zone: ZoneInfo, run_ms: int = 0
) -> dict[date, int]:
    """Split the cost of a span over its days; `run_ms` ran, and was charged, before it.

    The days sum to the cost of the whole run less what was charged, exactly.
    """
    days: dict[date, int] = {}
    before, span = cost_ms(parts, run_ms), timedelta()
    for day, part in split_by_day(since, until, zone):
        span += part
        so_far = cost_ms(parts, run_ms + span // MS)
        days[day] = so_far - before
        before = so_far
    return {day: cost for day, cost in days.items() if cost}


def hold(lease: Lease, meter: Meter | None, zone: ZoneInfo) -> Mapping[date, int]:
    """Say what an open lease must hold on each day; of a closed one, nothing.

    Before its first answer that is the whole possible cost from the opening on, afterwards what
    its meter leaves of it until its charges end. An extension makes it more.
    """
    if lease.state is State.CLOSED or not lease.parts:
        return {}
    if meter is None:
        if lease.closing_at is not None:
            return {}
        since, until = lease.opened_at, lease.opened_at + lease.duration
        return cost_by_day(lease.parts, since, until, zone)
    end = charges_end(lease)
    if end is None:
        return {}
    left = timedelta(milliseconds=max(allowed_ms(lease) - meter.run_ms, 0))
    until = min(end, meter.at + left)
    return cost_by_day(lease.parts, meter.at, until, zone, meter.run_ms)
