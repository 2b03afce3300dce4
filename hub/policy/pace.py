"""How much of their promised time leases use, in one way that things may go."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.policy.gpus import TakenSlot

MINUTE = timedelta(minutes=1)


def mix(number: int, turn: int) -> int:
    """Mix two numbers into one of 32 bits that looks drawn by lot, and is always the same."""
    mixed = (number * 2_654_435_761 + turn * 3_928_611) & 0xFFFF_FFFF
    mixed = ((mixed ^ (mixed >> 15)) * 2_246_822_519) & 0xFFFF_FFFF
    return mixed ^ (mixed >> 13)


@dataclass(frozen=True)
class Pace:
    """How much of their time leases use in one play; the same lease always the same.

    `used` is sorted; none at all means all of it. `since` says when running leases began, by id.
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
        """Pick one of the parts beyond the first `skip`."""
        picked = self.used[skip + mix(number, self.number) % (len(self.used) - skip)]
        return min(max(picked, 0.0), 1.0)
