"""Whether a reservation fits beside everything promised, and what is due before a window begins."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hub.policy.amounts import effective_guarantees, held_at, promised, reserved_at
from hub.policy.floor import Floor
from hub.policy.reservations import Occurrence

STOPPING = timedelta(seconds=60)
"""What the stop of a server may take on top of its notice."""

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Window:
    """From `since` until `until`, which is no longer part of it."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Wish:
    """What a new reservation claims: so many parts in each window, in order, never two at once."""

    account: str
    parts: int
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Blocked:
    """A time in which the wish would promise more than is healthy; without end where None."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Clash:
    """The first window that does not fit, and when one of its length would (None: never).

    At `moment`, the first of the window at which it is too much, `promised` parts would be.
    """

    window: Window
    moment: datetime
    promised: int
    soonest: datetime | None


def find_clash(floor: Floor, wish: Wish) -> Clash | None:
    """Find the first window that does not fit; None when the reservation can be promised.

    Counted at every moment from now: what the leases hold until they may be taken back, what
    others have reserved, and all guarantees as they count now. The wish may use its own
    account's guarantee. `floor.occurrences` must reach as far as the wish does.
    """
    near = replace(floor, occurrences=_beside(floor, wish))
    found = _first_blocked(blocked_times(near, wish.account, wish.parts), wish.windows)
    if found is None:
        return None
    window, moment = found
    blocked = blocked_times(floor, wish.account, wish.parts)
    soonest = soonest_of(blocked, window.since, window.until - window.since)
    return Clash(window, moment, _promised_at(near, wish, moment), soonest)


def _first_blocked(
    blocked: Sequence[Blocked], windows: Sequence[Window]
) -> tuple[Window, datetime] | None:
    """Find the first window of which some is blocked, and its first moment that is."""
    nth = 0
    for window in windows:
        while nth < len(blocked) and _ends_by(blocked[nth], window.since):
            nth += 1
        if nth < len(blocked) and blocked[nth].since < window.until:
            return window, max(window.since, blocked[nth].since)
    return None


def _beside(floor: Floor, wish: Wish) -> tuple[Occurrence, ...]:
    """Give what is reserved at some moment of the wish; nothing else can stand in its way."""
    ends = [window.until for window in wish.windows]

    def overlaps(other: Occurrence) -> bool:
        nth = bisect_right(ends, other.since)
        return nth < len(ends) and wish.windows[nth].since < other.until

    return tuple(other for other in floor.occurrences if overlaps(other))


def soonest_of(blocked: Sequence[Blocked], since: datetime, length: timedelta) -> datetime | None:
    """Give the first time, not before `since`, from which nothing is blocked for that long."""
    for time in blocked:
        if _ends_by(time, since):
            continue
        if time.since >= since + length:
            break
        if time.until is None:
            return None
        since = time.until
    return since


def blocked_times(floor: Floor, account: str, parts: int) -> list[Blocked]:
    """List the times from now on at which that many more parts reserved would be too many."""
    found: list[Blocked] = []
    begun: datetime | None = None
    for moment, total in _promised_with(floor, account, parts):
        if total > floor.healthy:
            begun = begun or moment
        elif begun is not None:
            found.append(Blocked(begun, moment))
            begun = None
    return found if begun is None else [*found, Blocked(begun, None)]


def due_before_bell(floor: Floor, leaving: Collection[int] = ()) -> int:
    """Count the parts of loans that must be told now to go, for a window that soon begins.

    A window is near when it begins within a loan's notice and the time a stop takes: whoever is
    told then is gone at the bell, and a loan still in its minimum run would not go sooner if it
    were told earlier. What is missing is what the reserving accounts do not hold of their
    windows, less what will be free; `leaving` are leases that were told to go already. 0 means
    nothing is due. A window that has begun is no longer near: its latecomers wait and reclaim.
    """
    until = floor.now + floor.rules.reclaim_notice + STOPPING
    bells = {window.since for window in floor.occurrences if floor.now < window.since <= until}
    return max((_missing_at(floor, bell, leaving) for bell in bells), default=0)


def _missing_at(floor: Floor, bell: datetime, leaving: Collection[int]) -> int:
    held = held_at(floor, bell)
    unused = sum(
        max(parts - held.get(account, 0), 0) for account, parts in reserved_at(floor, bell).items()
    )
    lent = sum(
        floor.by_uuid[slot.gpu_uuid].parts(1)
        for slot in floor.taken
        if slot.loan and slot.gpu_uuid in floor.by_uuid and slot.lease_id not in leaving
        if slot.until is None or slot.until > bell
    )
    return min(lent, max(unused - (floor.healthy - sum(held.values()) - lent), 0))


def owed_at(floor: Floor, wish: Wish, moment: datetime) -> dict[str, int]:
    """Give what each account would have reserved at a moment of the wish, the wish with it."""
    owed = reserved_at(floor, moment)
    owed[wish.account] = owed.get(wish.account, 0) + wish.parts
    return owed


def _promised_at(floor: Floor, wish: Wish, moment: datetime) -> int:
    guaranteed = effective_guarantees(floor)
    return promised(_held_at(floor, moment), owed_at(floor, wish, moment), guaranteed)


def _held_at(floor: Floor, moment: datetime) -> dict[str, int]:
    """Sum what leases are still promised; those that are ending now are promised nothing."""
    return dict(held_at(floor, max(moment, floor.now + INSTANT)))


def _promised_with(floor: Floor, account: str, parts: int) -> Iterator[tuple[datetime, int]]:
    """Walk through the moments at which what is promised changes, the wish counted in always."""
    held = _held_at(floor, floor.now)
    owed: dict[str, int] = dict(reserved_at(floor, floor.now))
    owed[account] = owed.get(account, 0) + parts
    guaranteed = effective_guarantees(floor)

    def count(name: str) -> int:
        return max(held.get(name, 0), owed.get(name, 0), guaranteed.get(name, 0))

    total = sum(count(name) for name in {*held, *owed, *guaranteed})
    yield floor.now, total
    changes = _changes(floor)
    for moment in sorted(changes):
        for name, leases, reserved in changes[moment]:
            before = count(name)
            held[name] = held.get(name, 0) + leases
            owed[name] = owed.get(name, 0) + reserved
            total += count(name) - before
        yield moment, total


def _changes(floor: Floor) -> dict[datetime, list[tuple[str, int, int]]]:
    """Give for each later moment by how much what an account holds and has reserved changes."""
    changes: dict[datetime, list[tuple[str, int, int]]] = defaultdict(list)
    for slot in floor.taken:
        gpu = floor.by_uuid.get(slot.gpu_uuid)
        if gpu is None or slot.loan or slot.until is None:
            continue
        if slot.until > floor.now + INSTANT:
            changes[slot.until].append((slot.account, -gpu.parts(1), 0))
    for window in floor.occurrences:
        if window.since > floor.now:
            changes[window.since].append((window.account, 0, window.parts))
        if window.until > floor.now:
            changes[window.until].append((window.account, 0, -window.parts))
    return changes


def _ends_by(blocked: Blocked, moment: datetime) -> bool:
    return blocked.until is not None and blocked.until <= moment


def overlapping(windows: Sequence[Window]) -> tuple[Window, Window] | None:
    """Find two windows, given by their beginning, of which one begins before the other ended."""
    return next((pair for pair in pairwise(windows) if pair[1].since < pair[0].until), None)
