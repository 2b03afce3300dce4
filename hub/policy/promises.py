"""Whether one more lease keeps every promise: guarantees, reservations, and what already runs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.policy.amounts import effective_guarantees, held_at, reserved_at
from hub.policy.floor import Floor
from hub.policy.reservations import Occurrence


@dataclass
class Moment:
    """What each account holds and is owed at one moment, and the sum that is promised then."""

    at: datetime
    held: dict[str, int]
    owed: Mapping[str, int]
    reserved: Mapping[str, int]
    total: int

    def add(self, account: str, parts: int) -> None:
        """Count parts as held by an account."""
        self.total = self.with_more(account, parts)
        self.held[account] = self.held.get(account, 0) + parts

    def with_more(self, account: str, parts: int) -> int:
        """Give what would be promised if an account held so much more."""
        held, owed = self.held.get(account, 0), self.owed.get(account, 0)
        return self.total - max(held, owed) + max(held + parts, owed)


@dataclass(frozen=True)
class Broken:
    """The first promise a wish would break: at that moment, and the sums it would make."""

    at: datetime
    reserved: bool
    promised: int
    healthy: int


class Promises:
    """The moments at which promises are checked; what is granted meanwhile is counted in."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self._guaranteed = effective_guarantees(floor)
        self._moments: dict[datetime, Moment] = {}
        self._added: list[tuple[str, int, datetime]] = []
        self._lent = sum(floor.lent.values())

    def broken_by(
        self, account: str, parts: int, until: datetime, since: datetime | None = None
    ) -> Broken | None:
        """Find the first promise that holding so much more, from `since` to `until`, would break.

        What lies within an account's own guarantee or reservation never breaks one.
        """
        since = since or self.floor.now
        return next(self._all_broken_by(account, parts, since, until), None)

    def within_own(self, account: str, parts: int) -> bool:
        """Say whether it lies within what the account is owed now and does not hold."""
        moment = self.at(self.floor.now)
        return moment.held.get(account, 0) + parts <= moment.owed.get(account, 0)

    def may_lend(self, account: str, parts: int, until: datetime) -> bool:
        """Say whether so much may be lent from now on.

        Not what a bell just rung keeps free, and not into a window that begins meanwhile.
        """
        now = self.floor.now
        for broken in self._all_broken_by(account, parts, now, until):
            if broken.reserved and broken.at > now:
                return False
        moment = self.at(now)
        kept = sum(
            max(window.parts - moment.held.get(window.account, 0), 0)
            for window in self.floor.occurrences
            if self._kept(window)
        )
        used = sum(moment.held.values()) + self._lent
        return used + kept + parts <= self.floor.healthy

    def add(self, account: str, parts: int, until: datetime, loan: bool) -> None:
        """Count a grant in."""
        if loan:
            self._lent += parts
            return
        self._added.append((account, parts, until))
        for when, moment in self._moments.items():
            if when < until:
                moment.add(account, parts)

    def at(self, when: datetime) -> Moment:
        """Give what is promised at a moment."""
        if when not in self._moments:
            held = dict(held_at(self.floor, when))
            for account, parts, until in self._added:
                if when < until:
                    held[account] = held.get(account, 0) + parts
            self._moments[when] = self._sum(when, held)
        return self._moments[when]

    def _sum(self, when: datetime, held: dict[str, int]) -> Moment:
        reserved = reserved_at(self.floor, when)
        owed = dict(self._guaranteed)
        for account, parts in reserved.items():
            owed[account] = max(owed.get(account, 0), parts)
        accounts = {*held, *owed}
        total = sum(max(held.get(a, 0), owed.get(a, 0)) for a in accounts)
        return Moment(when, held, owed, reserved, total)

    def _all_broken_by(
        self, account: str, parts: int, since: datetime, until: datetime
    ) -> Iterator[Broken]:
        for when in self._times(since, until):
            moment = self.at(when)
            after = moment.with_more(account, parts)
            if after > max(self.floor.healthy, moment.total):
                reserved = self._reservation_in_the_way(moment, account, parts)
                yield Broken(when, reserved, after, self.floor.healthy)

    def _times(self, since: datetime, until: datetime) -> Iterable[datetime]:
        starts = {window.since for window in self.floor.occurrences if since < window.since < until}
        return [since, *sorted(starts)]

    def _kept(self, window: Occurrence) -> bool:
        lent_from = window.since + self.floor.rules.lend_reserved_after
        return window.since <= self.floor.now < min(lent_from, window.until)

    def _reservation_in_the_way(self, moment: Moment, account: str, parts: int) -> bool:
        """Say whether reservations alone, guarantees left aside, would forbid it."""
        held = {**moment.held, account: moment.held.get(account, 0) + parts}
        accounts = {*held, *moment.reserved}
        alone = sum(max(held.get(a, 0), moment.reserved.get(a, 0)) for a in accounts)
        return alone > self.floor.healthy
