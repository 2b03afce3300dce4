"""Budgets: GPU-hours that a person, an account or the site may use in a calendar window."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hub.policy import ceilings as c
from hub.policy.ceilings import Ceiling, Ceilings, Window, nearest, together
from hub.policy.escrow import MS, cost_by_day, cost_ms
from hub.policy.people import SITE
from hub.policy.reasons import Number, Reason
from hub.policy.windows import day_of, first_day, last_day, renews_at, split_by_day
from hub.units import PARTS, share_number

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class DaySum:
    """What one scope used on one day, and what its open leases hold for it."""

    settled_ms: int = 0
    held_ms: int = 0


Sums = Mapping[tuple[str, date], DaySum]
"""By ("user:ann", "group:field-lab" or "site") and day in the station's zone; none is nothing."""

NOTHING = DaySum()


@dataclass(frozen=True)
class Budget:
    """A budget in force: `scope` is whose use counts, its ceiling says who set how much for when.

    `rule` is "gpu-hours-each" for what one person may use, "gpu-hours" for all together.
    """

    rule: str
    scope: str
    ceiling: Ceiling

    @property
    def window(self) -> Window:
        """Give the window it counts for; one set without counts by the day."""
        return self.ceiling.window or "day"

    @property
    def limit_ms(self) -> int:
        """Give what it allows in a window."""
        return int(self.ceiling.value * HOUR_MS)


@dataclass(frozen=True)
class Use:
    """What a budget has of one of its windows, in weighted GPU-milliseconds."""

    settled_ms: int
    held_ms: int
    remaining_ms: int


def budgets_of(ceilings: Ceilings, user: str, account: str) -> tuple[Budget, ...]:
    """List the budgets a lease has to fit: the person's nearest, the account's and the site's."""
    each = nearest(ceilings, c.GPU_HOURS_EACH, user, account)
    own = (Budget("gpu-hours-each", f"user:{user}", each),) if each is not None else ()
    totals = together(ceilings, c.GPU_HOURS, account)
    return (*own, *(Budget("gpu-hours", total.source, total) for total in totals))


def budget_for_each(ceilings: Ceilings, user: str) -> tuple[Budget, ...]:
    """Give the budget the site sets for each, as one person's, whatever is set nearer to them."""
    each = nearest(ceilings, c.GPU_HOURS_EACH, "", SITE)
    return () if each is None else (Budget("gpu-hours-each", f"user:{user}", each),)


def days_of(
    budgets: Iterable[Budget], since: datetime, duration: timedelta, zone: ZoneInfo
) -> tuple[date, date]:
    """Give the first and the last day whose sums `judge` looks at."""
    begin, end = day_of(since, zone), day_of(since + duration, zone)
    windows = {budget.window for budget in budgets}
    return (
        min((first_day(window, begin) for window in windows), default=begin),
        max((last_day(window, end) for window in windows), default=end),
    )


def use_of(budget: Budget, sums: Sums, day: date) -> Use:
    """Sum the window of a budget that holds a day."""
    settled = held = 0
    at, last = first_day(budget.window, day), last_day(budget.window, day)
    while at <= last:
        found = sums.get((budget.scope, at), NOTHING)
        settled += found.settled_ms
        held += found.held_ms
        at += timedelta(days=1)
    return Use(settled, held, max(budget.limit_ms - settled - held, 0))


def judge(
    budgets: Iterable[Budget],
    sums: Sums,
    parts: int,
    since: datetime,
    duration: timedelta,
    zone: ZoneInfo,
) -> tuple[Reason, ...]:
    """Say why budgets would not hold the whole possible cost of a lease; empty when all would.

    A cost that crosses the edge of a window has to fit in each window with the part that falls
    into it. Every window that does not hold its part is a reason of its own.
    """
    costs = cost_by_day(parts, since, since + duration, zone)
    return tuple(reason for budget in budgets for reason in _failing(budget, sums, costs, zone))


def longest(
    budgets: Iterable[Budget],
    sums: Sums,
    parts: int,
    since: datetime,
    at_most: timedelta,
    zone: ZoneInfo,
) -> timedelta:
    """Give the longest time, up to `at_most`, that every budget would hold; 0 if none."""
    return min((_held_for(b, sums, parts, since, at_most, zone) for b in budgets), default=at_most)


def _failing(
    budget: Budget, sums: Sums, costs: Mapping[date, int], zone: ZoneInfo
) -> Iterator[Reason]:
    windows: dict[date, int] = defaultdict(int)
    for day, cost in costs.items():
        windows[first_day(budget.window, day)] += cost
    for first, asked in windows.items():
        use = use_of(budget, sums, first)
        if asked > use.remaining_ms:
            yield _reason(budget, use, first, asked, zone)


def _reason(budget: Budget, use: Use, first: date, asked: int, zone: ZoneInfo) -> Reason:
    renews = renews_at(budget.window, first, zone)
    numbers: dict[str, Number] = {
        "ceiling": share_number(budget.ceiling.value),
        "from": budget.ceiling.source,
        "window": budget.window,
        "settled": hours_number(use.settled_ms),
        "held": hours_number(use.held_ms),
        "asked": hours_number(asked),
        "renews": renews.astimezone(zone).date().isoformat(),
    }
    passes = renews if asked <= budget.limit_ms else None
    return Reason("budget", budget.rule, numbers, soonest=passes)


def hours_number(gpu_ms: int) -> int | float:
    """Give weighted GPU-milliseconds as a JSON number of GPU-hours."""
    return share_number(Fraction(gpu_ms, HOUR_MS))


def _held_for(
    budget: Budget,
    sums: Sums,
    parts: int,
    since: datetime,
    at_most: timedelta,
    zone: ZoneInfo,
) -> timedelta:
    """Walk the windows a lease would touch, until one does not hold the rest of its part."""
    if not parts:
        return at_most
    ran_ms, window, room = 0, None, 0
    span = timedelta()
    for day, part in split_by_day(since, since + at_most, zone):
        if window != first_day(budget.window, day):
            window = first_day(budget.window, day)
            room = use_of(budget, sums, day).remaining_ms + cost_ms(parts, ran_ms)
        last_ms = ((room + 1) * PARTS - 1) // parts
        span += part
        if span // MS > last_ms:
            return timedelta(milliseconds=last_ms)
        ran_ms = span // MS
    return at_most
