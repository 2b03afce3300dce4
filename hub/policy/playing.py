"""One way in which things may go from now on: the station played forward by its real rules.

It promises nothing: leases may be extended, GPUs may break. It reads no clock and draws no lots.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hub.policy.floor import Floor
from hub.policy.gpus import TakenSlot
from hub.policy.moving import moved_on
from hub.policy.pace import MINUTE, Pace
from hub.policy.queueing import step, wishes
from hub.policy.reasons import Reason
from hub.policy.spending import Spending
from hub.policy.tickets import Queued, Ticket
from hub.policy.walk import Fit, Judge, Walk
from hub.policy.wishes import Wish

Span = tuple[datetime, datetime]
"""Between when and when a start was played: the same moment, or all that was taken together."""

HORIZON = timedelta(days=14)
"""Nothing is foretold beyond."""

EXACT_UP_TO = 150
"""With at most so many GPUs and tickets every end of a lease is looked at by itself."""

COARSE = 0.08
"""Beyond that, what ends within a minute, or 8% of the time until then, is taken together."""


class Hindered:
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


class Play:
    """One way in which things may go from now on."""

    def __init__(
        self,
        floor: Floor,
        known: Hindered,
        pace: Pace,
        comers: Iterable[Queued] = (),
        whom: frozenset[int] | None = None,
    ) -> None:
        self._floor = floor
        self._known = known
        self._pace = pace
        self._now = self._first = floor.now
        self._taken = [replace(slot, until=pace.end(slot, floor.now)) for slot in floor.taken]
        self._line = {queued.ticket.id: queued for queued in floor.queue}
        self._wanted = set(self._line if whom is None else whom)
        ahead = [queued for queued in comers if queued.ticket.asked_at > floor.now]
        self._comers = sorted(ahead, key=lambda q: (q.ticket.asked_at, q.ticket.id), reverse=True)
        self._edges = _edges(floor)
        size = len(floor.gpus) + len(floor.queue)
        self._coarse = 0.0 if size <= EXACT_UP_TO else COARSE
        known_people = (queued.ticket.person_id for queued in (*floor.queue, *ahead))
        self._spending = Spending(floor, known_people)
        self._starts: dict[int, Span] = {}

    def starts(self) -> dict[int, Span]:
        """Play until all who are asked about have started, or nothing more will come of it.

        Everybody who waits now is asked about unless `whom` names some of them.
        """
        while self._wanted:
            self._serve()
            if not self._wanted or not self._step():
                break
        return self._starts

    def _serve(self) -> None:
        """Start whoever may start at this moment, in the order of the waiting list."""
        queue = self._spending.standings(self._line.values(), self._now)
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
            self._wanted.discard(ticket.id)
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
        before, self._now = self._now, max(moment for moment in moments if moment <= end)
        self._spending.count(self._taken, self._now - before)
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
