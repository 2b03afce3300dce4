"""Decide whether a running lease may run longer, and how much longer would pass now.

An extension obeys what a start obeys: the ceiling on a lease's whole time, budgets, reservations
and others' guarantees, and nobody who waits may start later by it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.policy.ceilings import Ceiling
from hub.policy.floor import Floor
from hub.policy.leases import Lease, State
from hub.policy.outcomes import Denial, WouldFit
from hub.policy.promises import Promises
from hub.policy.reasons import ADMINISTRATOR, TIME, YOU, Number, Reason
from hub.policy.reservations import LENT_AHEAD
from hub.policy.rights import Decider
from hub.units import from_parts, hours_of, share_number

SHORTEST = timedelta(minutes=1)
"""The longest extension that would pass is found to the minute."""

HARD = frozenset({"extension", "loan", "reservation", "guarantee"})
"""Codes that nobody passes over: a promise made to others, or a lease that has no more time."""

OWN_BUDGET = "gpu-hours-each"
OWN_CEILING = "lease-hours-total"

Costs = Callable[[Lease, datetime], tuple[Reason, ...]]
"""What budgets say of a lease that runs until a moment; none where every budget holds it."""

FirstStart = Callable[[Floor], datetime | None]
"""When the first who waits starts at the latest; None where nobody waits or nobody knows."""


@dataclass(frozen=True)
class Extension:
    """Yes: until when the lease runs now."""

    until: datetime


def _no_costs(_lease: Lease, _until: datetime) -> tuple[Reason, ...]:
    return ()


@dataclass(frozen=True)
class Ground:
    """What one decision on an extension looks at; `ceiling` is the nearest on the whole time.

    `beyond` is the one that holds where a manager passes over what is set for one person, and
    `costs_beyond` what the site's budget for each says where they pass over a nearer one.
    """

    floor: Floor
    ceiling: Ceiling | None
    costs: Costs
    first_start: FirstStart
    beyond: Ceiling | None = None
    costs_beyond: Costs = _no_costs


def decide_extension(lease: Lease, more: timedelta, ground: Ground) -> Extension | Denial:
    """Decide on so much more time for a lease, with every reason against it.

    A denial says the longest that would pass now; None where nothing would.
    """
    asked = _Asked(lease, ground)
    reasons = tuple(asked.reasons(more))
    if not reasons and lease.expires_at is not None:
        return Extension(lease.expires_at + more)
    longest = asked.longest(more)
    return Denial(reasons, WouldFit(lease.weighed, longest) if longest else None)


def longest_extension(
    lease: Lease, ground: Ground, most: timedelta | None = None
) -> timedelta | None:
    """Find the longest extension, to the minute, that would pass now; None where none would."""
    return _Asked(lease, ground).longest(most)


def left_for(reasons: tuple[Reason, ...], decider: Decider) -> tuple[Reason, ...]:
    """List the reasons that also bind whoever decides the request for an extension.

    Promises to others bind everybody. A manager passes over what is set for one person, and over
    what each of their group may use, never over what the group or the site holds together, a
    ceiling of group or site, or those who wait.
    """
    if decider == "administrator":
        return tuple(reason for reason in reasons if reason.code in HARD)
    return tuple(reason for reason in reasons if not _within_group(reason))


def beyond_manager(
    lease: Lease, more: timedelta, ground: Ground, passed: tuple[Reason, ...]
) -> tuple[Reason, ...]:
    """Say why a manager who passes over what is theirs to pass can't grant so much all the same.

    Where they pass over somebody's own ceiling, that of group or site holds, as for every other
    member; where they pass over a budget for each, that of the site.
    """
    if lease.expires_at is None:
        return ()
    until, found = lease.expires_at + more, list[Reason]()
    if any(reason.rule == OWN_CEILING for reason in passed):
        asked = _Asked(lease, replace(ground, ceiling=ground.beyond))
        found += asked.over_ceiling(until)
    if any(reason.rule == OWN_BUDGET for reason in passed):
        found += ground.costs_beyond(lease, until)
    return tuple(found)


def decidable(reasons: tuple[Reason, ...]) -> bool:
    """Say whether anybody may grant it in spite of these reasons."""
    return bool(reasons) and not left_for(reasons, "administrator")


def _within_group(reason: Reason) -> bool:
    source = str(reason.numbers.get("from", ""))
    if reason.rule == OWN_BUDGET:
        return source.startswith(("user:", "group:", "course:"))
    return reason.rule == OWN_CEILING and source.startswith("user:")


class _Asked:
    """One lease that asks for more time, with what does not depend on how much worked out once."""

    def __init__(self, lease: Lease, ground: Ground) -> None:
        self.lease = lease
        self.ground = ground
        self.promises = Promises(ground.floor)
        self.first_start = ground.first_start(ground.floor)

    def reasons(self, more: timedelta) -> Iterator[Reason]:
        stands = tuple(_standing(self.lease, self.ground.floor.now))
        yield from stands
        end = self.lease.expires_at
        if stands or end is None:
            return
        yield from self.over_ceiling(end + more)
        yield from _too_far_ahead(self.ground.floor.now, end + more)
        yield from self.ground.costs(self.lease, end + more)
        yield from self._promises(end, end + more)
        yield from self._queue(end + more)

    def longest(self, most: timedelta | None) -> timedelta | None:
        """Find the longest that passes, up to `most`: what passes once passes for any less.

        Up to the first start of who waits nothing is in their way, and just past it is mostly the
        end; so their start is looked for anew once, and rarely more often.
        """
        room = self.under_ceiling()
        low, high = 0, (room if most is None else min(most, room)) // SHORTEST
        edge = self._before_first_start()
        if edge is not None and edge < high and self._fails(edge + 1):
            high = edge
        while low < high:
            middle = (low + high + 1) // 2
            if self._fails(middle):
                high = middle - 1
            else:
                low = middle
        return low * SHORTEST if low else None

    def _fails(self, minutes: int) -> bool:
        return next(self.reasons(minutes * SHORTEST), None) is not None

    def _before_first_start(self) -> int | None:
        """Count the whole minutes from the end to the first start of who waits."""
        if self.first_start is None or self.lease.expires_at is None:
            return None
        return max((self.first_start - self.lease.expires_at) // SHORTEST, 0)

    def under_ceiling(self) -> timedelta:
        """Give how much more the ceiling on the whole time leaves."""
        lease = self.lease
        if lease.active_at is None or lease.expires_at is None:
            return timedelta()
        return max(lease.active_at + self._most() - lease.expires_at, timedelta())

    def _most(self) -> timedelta:
        ceiling = self.ground.ceiling
        if ceiling is None:
            return self.ground.floor.rules.longest_in_all
        return timedelta(hours=float(ceiling.value))

    def over_ceiling(self, until: datetime) -> Iterator[Reason]:
        """Check the whole time of a lease that would run until a moment."""
        if self.lease.active_at is None or until - self.lease.active_at <= self._most():
            return
        ceiling = self.ground.ceiling
        numbers: dict[str, Number] = {
            "ceiling": share_number(hours_of(self._most())),
            "from": ceiling.source if ceiling else "site",
            "asked": share_number(hours_of(until - self.lease.active_at)),
        }
        yield Reason("hours-quota", "lease-hours-total", numbers)

    def _promises(self, end: datetime, until: datetime) -> Iterator[Reason]:
        """Check what is promised to others; a loan hinders no promise, for it is taken back."""
        if self.lease.loan or not self.lease.parts:
            return
        broken = self.promises.broken_by(self.lease.account, self.lease.parts, until, end)
        if broken is None:
            return
        numbers: dict[str, Number] = {
            "hours": share_number(hours_of(broken.at - self.ground.floor.now)),
            "gpus": share_number(from_parts(broken.healthy)),
            "promised": share_number(from_parts(broken.promised)),
        }
        if broken.reserved:
            yield Reason("reservation", "extension", numbers, ADMINISTRATOR)
        else:
            yield Reason("guarantee", "extension", numbers, ADMINISTRATOR)

    def _queue(self, until: datetime) -> Iterator[Reason]:
        before = self.first_start
        if before is None or not self.lease.parts or until <= before:
            return
        after = self.ground.first_start(run_until(self.ground.floor, self.lease, until))
        if after is not None and after <= before:
            return
        start = share_number(hours_of(before - self.ground.floor.now))
        yield Reason("waiting", "extension", {"hours": start}, TIME, before)


def run_until(floor: Floor, lease: Lease, until: datetime) -> Floor:
    """Give the same floor with a lease's slots promised until a moment."""
    taken = tuple(
        replace(slot, until=until) if slot.lease_id == lease.id else slot for slot in floor.taken
    )
    return replace(floor, taken=taken)


def _too_far_ahead(now: datetime, until: datetime) -> Iterator[Reason]:
    """Say that nobody knows yet what is reserved by then; that binds everybody."""
    if until > now + LENT_AHEAD:
        numbers: dict[str, Number] = {
            "asked": share_number(hours_of(until - now)),
            "hours": share_number(hours_of(LENT_AHEAD)),
        }
        yield Reason("reservation", "ahead", numbers, YOU)


def _standing(lease: Lease, now: datetime) -> Iterator[Reason]:
    """List what forbids more time whatever the amount."""
    if lease.state is not State.ACTIVE or lease.expires_at is None or lease.expires_at <= now:
        yield Reason(
            "extension", "not-running", {"lease": lease.id, "state": str(lease.state)}, YOU
        )
    elif lease.reclaim_at is not None:
        minutes = max((lease.reclaim_at - now) // SHORTEST, 0)
        yield Reason("loan", "notice", {"lease": lease.id, "minutes": minutes}, TIME)
