"""When those who wait will start: the station simulated forward with the real queueing functions.

It promises nothing: leases may be extended, GPUs may break. It reads no clock and draws no lots.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.moving import moved_on
from hub.policy.queueing import step, wishes
from hub.policy.reasons import Reason
from hub.policy.tickets import Queued, Ticket
from hub.policy.walk import Fit, Judge, Walk
from hub.policy.wishes import Wish

Range = tuple[datetime | None, datetime | None]
"""Earliest and latest; None where nobody can know."""

Span = tuple[datetime, datetime]
"""Between when and when a start was played: the same moment, or all that was taken together."""

HORIZON = timedelta(days=14)
"""Nothing is foretold beyond."""

EXACT_UP_TO = 150
"""With at most so many GPUs and tickets every end of a lease is looked at by itself."""

QUICK_UP_TO = 40
"""With so many waiting it takes well under a tenth of a second: quick enough to answer with."""

COARSE = 0.08
MINUTE = timedelta(minutes=1)
"""Beyond that, what ends within a minute, or 8% of the time until then, is taken together."""

MOST_PLAYS = 14
"""How many ways things may go are played at most; the first is that all goes as promised."""

MOST_PLAYS_LARGE = 2
"""As many on a station with more GPUs and tickets than EXACT_UP_TO."""

BEFORE = (0.0, 0.1, timedelta(minutes=1))
AFTER = (0.15, 0.2, timedelta(minutes=3))
"""What is added on either side: a part of the wait, a part of the range played, and a time.

Fitted so that nine in ten starts of generated traces fall inside; see tests/simulation.
"""


@dataclass(frozen=True)
class Experience:
    """What is known of the station's past; nothing at all by default.

    `used` is the part of the promised time that past leases used; `since` says when running leases
    began, by id. Each of `futures` is a way in which others may come, such as they came on some
    day before: tickets whose `asked_at` lies ahead, with ids that no other ticket has.
    """

    used: tuple[float, ...] = ()
    since: Mapping[int, datetime] = field(default_factory=dict)
    futures: tuple[tuple[Queued, ...], ...] = ()


NONE = Experience()


def forecast(floor: Floor, judge: Judge, experience: Experience = NONE) -> dict[int, Range]:
    """Give the earliest and the latest start of every waiting ticket.

    The station is played forward several times: once as promised and with nobody else coming, then
    with leases that end as early as past ones did and others coming as they came before. The range
    holds all of that and a margin; without experience it is what is promised now. Whom something of
    their own hinders starts no sooner than that passes; where nobody knows when, neither is given.
    """
    known = _Hindered(judge, floor)
    used = tuple(sorted(experience.used))
    plays = [_Play(floor, known, Pace((), {}, 0))]
    for number in range(1, _plays(floor, experience)):
        futures = experience.futures
        comers = futures[(number - 1) % len(futures)] if futures else ()
        plays.append(_Play(floor, known, Pace(used, experience.since, number), comers))
    starts = [play.starts() for play in plays]
    ids = [queued.ticket.id for queued in floor.queue]
    return {n: _range([found.get(n) for found in starts], floor.now) for n in ids}


def _plays(floor: Floor, experience: Experience) -> int:
    if not experience.used and not experience.futures:
        return 1
    small = len(floor.gpus) + len(floor.queue) <= EXACT_UP_TO
    return MOST_PLAYS if small else MOST_PLAYS_LARGE


def _range(starts: list[Span | None], now: datetime) -> Range:
    """Give the first and the last of the starts played, with the margin."""
    found = [start for start in starts if start is not None]
    if not found:
        return None, None
    first, last = min(one[0] for one in found), max(one[1] for one in found)
    spread = last - first
    earliest = max(now, first - _margin(BEFORE, first - now, spread))
    latest = last + _margin(AFTER, last - now, spread)
    return earliest, latest if len(found) == len(starts) else None


def _margin(
    margin: tuple[float, float, timedelta], wait: timedelta, spread: timedelta
) -> timedelta:
    of_wait, of_spread, time = margin
    return wait * of_wait + spread * of_spread + time


@dataclass(frozen=True)
class Pace:
    """How much of their time leases use in one play; the same lease always the same.

    `used` is sorted; none at all means all of it.
    """

    used: tuple[float, ...]
    since: Mapping[int, datetime]
    number: int

    def of_new(self, ticket_id: int) -> float:
        """Give the part of its time that a lease which starts in this play will use."""
        return self._pick(ticket_id, 0) if self.used else 1.0

    def end(self, slot: TakenSlot, now: datetime) -> datetime | None:
        """Give the end of a running lease: that of a past one that ran at least so long already.

        What is overdue ends in a minute; where nobody knows the end, neither do we.
        """
        if slot.until is None:
            return None
        soonest = now + MINUTE
        since = self.since.get(slot.lease_id, now)
        promised = slot.until - since
        if self.used and promised > timedelta():
            skip = bisect_right(self.used, (now - since) / promised)
            part = self._pick(slot.lease_id, skip) if skip < len(self.used) else 1.0
            return max(since + promised * part, soonest)
        return max(slot.until, soonest)

    def _pick(self, number: int, skip: int) -> float:
        """Pick one of the parts beyond the first `skip`, by a fixed mixing of the numbers."""
        mixed = (number * 2_654_435_761 + self.number * 3_928_611) & 0xFFFF_FFFF
        mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_519) & 0xFFFF_FFFF
        mixed ^= mixed >> 13
        return min(max(self.used[skip + mixed % (len(self.used) - skip)], 0.0), 1.0)


class _Hindered:
    """Remembers of every ticket whether something of its owner's own hinders it, and how long."""

    def __init__(self, judge: Judge, floor: Floor) -> None:
        self._judge = judge
        self.now = floor.now
        self.waiting = frozenset(queued.ticket.id for queued in floor.queue)
        self._found: dict[int, tuple[tuple[Reason, ...], datetime | None]] = {}
        self.passes: set[datetime] = set()
        """When hindrances pass, as far as found."""

    def at(self, moment: datetime) -> Judge:
        """Give the judge of a moment to come."""
        return lambda ticket: self._reasons(ticket, moment)

    def _reasons(self, ticket: Ticket, moment: datetime) -> tuple[Reason, ...]:
        if ticket.id not in self.waiting:
            return ()
        if ticket.id not in self._found:
            self._found[ticket.id] = self._ask(ticket)
        reasons, passes = self._found[ticket.id]
        return () if passes is not None and passes <= moment else reasons

    def _ask(self, ticket: Ticket) -> tuple[tuple[Reason, ...], datetime | None]:
        reasons = self._judge(ticket)
        known = [reason.soonest for reason in reasons if reason.soonest is not None]
        passes = max(known, default=None) if len(known) == len(reasons) else None
        self.passes |= {passes} if passes is not None else set()
        return reasons, passes


class _Play:
    """One way in which things may go from now on."""

    def __init__(
        self, floor: Floor, known: _Hindered, pace: Pace, comers: Iterable[Queued] = ()
    ) -> None:
        self._floor = floor
        self._known = known
        self._pace = pace
        self._now = self._first = floor.now
        self._taken = [replace(slot, until=pace.end(slot, floor.now)) for slot in floor.taken]
        self._line = {queued.ticket.id: queued for queued in floor.queue}
        self._waiting = len(self._line)
        self._comers = sorted(comers, key=lambda q: (q.ticket.asked_at, q.ticket.id), reverse=True)
        self._edges = _edges(floor)
        size = len(floor.gpus) + len(floor.queue)
        self._coarse = 0.0 if size <= EXACT_UP_TO else COARSE
        self._starts: dict[int, Span] = {}

    def starts(self) -> dict[int, Span]:
        """Play until everybody who waits now has started, or nothing more will come of it."""
        while self._waiting:
            self._serve()
            if not self._waiting or not self._step():
                break
        return self._starts

    def _serve(self) -> None:
        """Start whoever may start at this moment, in the order of the waiting list."""
        queue = tuple(self._line.values())
        self._floor = moved_on(self._floor, self._now, tuple(self._taken), queue)
        walk = Walk(self._floor, self._known.at(self._now))
        for wish in wishes(self._floor):
            met = step(walk, wish)
            if isinstance(met, Fit):
                walk.take(wish, met)
                self._start(wish, met)

    def _start(self, wish: Wish, fit: Fit) -> None:
        assert wish.ticket is not None  # noqa: S101 - a line is made of tickets
        ticket = wish.ticket
        del self._line[ticket.id]
        if ticket.id in self._known.waiting:
            self._starts[ticket.id] = (self._first, self._now)
            self._waiting -= 1
        until = self._now + wish.duration * self._pace.of_new(ticket.id)
        self._taken += [
            TakenSlot(part.gpu_uuid, n, until, -1, wish.person_id, wish.account, fit.loan)
            for part in fit.placement.slots
            for n in part.slots
        ]

    def _step(self) -> bool:
        """Go on to the next moment at which something changes; False when none will."""
        moments = [m for m in self._moments() if self._now < m <= self._known.now + HORIZON]
        if not moments:
            return False
        self._first = first = min(moments)
        end = first + max(MINUTE, (first - self._known.now) * self._coarse) * bool(self._coarse)
        self._now = max(moment for moment in moments if moment <= end)
        self._taken = [slot for slot in self._taken if slot.until is None or slot.until > self._now]
        while self._comers and self._comers[-1].ticket.asked_at <= self._now:
            comer = self._comers.pop()
            self._line[comer.ticket.id] = comer
        return True

    def _moments(self) -> Iterator[datetime]:
        yield from {slot.until for slot in self._taken if slot.until is not None}
        yield from self._edges
        yield from self._known.passes
        if self._comers:
            yield self._comers[-1].ticket.asked_at


def _edges(floor: Floor) -> list[datetime]:
    """List the moments at which a reserved window or a ticket's own wish changes something."""
    lent = floor.rules.lend_reserved_after
    edges = {m for w in floor.occurrences for m in (w.since, w.since + lent, w.until)}
    edges |= {q.ticket.not_before for q in floor.queue if q.ticket.not_before is not None}
    return sorted(edges)
