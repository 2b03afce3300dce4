"""Decide one request: yes with a placement, wait with a place, or no with every reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from hub.policy.floor import Floor
from hub.policy.order import Key, order_key
from hub.policy.outcomes import Denial, Outcome, Placement, Wait, WouldFit
from hub.policy.own import (
    MIN_DURATION,
    Cost,
    longest_affordable,
    longest_lease,
    own_reasons,
    places_taken,
)
from hub.policy.placement import largest_free
from hub.policy.profiles import DEFAULT, Profile
from hub.policy.queueing import grant_of, step, wants_later
from hub.policy.reasons import TIME, YOU, Number, Reason
from hub.policy.requests import SpawnRequest
from hub.policy.room import room_reason
from hub.policy.snapshot import Snapshot
from hub.policy.tickets import Standing, Ticket, TicketState
from hub.policy.walk import Blocked, Fit, Judge, Walk
from hub.policy.wishes import Asker, Wish
from hub.units import to_parts

PASSING = frozenset({"gpu-busy", "reservation", "waiting", "total"})
"""Reasons that pass by themselves as others end: for these one may wait."""


def nobody_hindered(_ticket: Ticket) -> tuple[Reason, ...]:
    """Take everybody who waits as eligible, but whom the last judgement found hindered."""
    return ()


def decide(request: SpawnRequest, snapshot: Snapshot, judge: Judge = nobody_hindered) -> Outcome:
    """Decide on a request over a snapshot; the same two always give the same answer.

    Whoever waits in front is met first; `judge` is asked for those of them that would fit.
    """
    account = account_of(request, snapshot)
    profile = snapshot.profiles.get(request.profile)
    if account is None or profile is None:
        reasons = tuple(_unknown_names(request, snapshot))
        return Denial(reasons, _with_known_names(request, snapshot, judge))
    case = _Case(request, snapshot, account, profile, _met_first(request, snapshot, account, judge))
    return case.outcome()


def _with_known_names(request: SpawnRequest, snapshot: Snapshot, judge: Judge) -> WouldFit | None:
    """Find what would pass with the default profile and their own account, for unknown names."""
    named = (
        replace(request, profile=DEFAULT) if request.profile not in snapshot.profiles else request
    )
    if snapshot.person.account_for(named.group) is None:
        named = replace(named, group=None)
    account, profile = account_of(named, snapshot), snapshot.profiles.get(named.profile)
    if account is None or profile is None:
        return None
    met = _met_first(named, snapshot, account, judge)
    return _Case(named, snapshot, account, profile, met).would_fit()


def account_of(request: SpawnRequest, snapshot: Snapshot) -> str | None:
    """Name the account: of a reservation that is on now, else as asked, else the person's own.

    None when the person is not in the group they named.
    """
    own = snapshot.person.account_for(request.group)
    profile = snapshot.profiles.get(request.profile)
    drawn = snapshot.floor.windows.account_for(snapshot.person.groups, profile, request.gpus)
    return own if own is None or drawn is None else drawn


def wanted_duration(request: SpawnRequest, snapshot: Snapshot, account: str) -> timedelta:
    """Give the time asked for, or the station's default within the person's ceiling."""
    if request.duration is not None:
        return request.duration
    longest = longest_lease(snapshot, account)
    if longest is None:
        return snapshot.default_duration
    return min(snapshot.default_duration, longest)


def hindrances(ticket: Ticket, snapshot: Snapshot) -> tuple[Reason, ...]:
    """List what of its owner's own stands in a ticket's way, whatever room there is.

    The snapshot is that of the ticket's owner and server.
    """
    profile = snapshot.profiles.get(ticket.profile)
    if profile is None:
        return (_unknown_profile(ticket.profile, snapshot),)
    group = ticket.request().group
    if snapshot.person.account_for(group) is None:
        return (_not_a_member(group, snapshot),)
    cost = Cost(profile, to_parts(ticket.gpus), ticket.duration, ticket.account)
    return (*_disabled(snapshot), *snapshot.obstacles, *own_reasons(snapshot, cost))


@dataclass(frozen=True)
class _Case:
    """One request with the walk that met everybody in front of it."""

    request: SpawnRequest
    snapshot: Snapshot
    account: str
    profile: Profile
    met: tuple[Walk, int]

    def outcome(self) -> Outcome:
        wish = self._wish(self.request.gpus, self._duration())
        walk, ahead = self.met
        fit = walk.fit(wish) if wish.share else Fit(Placement(self.snapshot.node), loan=False)
        parts = fit.placement.parts if isinstance(fit, Fit) else to_parts(wish.share)
        reasons = [
            *standing(self.snapshot),
            *own_reasons(self.snapshot, self._cost(parts, wish.duration)),
        ]
        if not isinstance(fit, Fit):
            reasons.append(room_reason(self.snapshot.floor, wish, fit, ahead + 1))
        elif not reasons:
            return grant_of(self.snapshot.floor, wish, fit)
        if self.request.if_busy == "wait" and wish.share and self._passes(reasons):
            full = places_taken(self.snapshot)
            if not full:
                return self._wait(tuple(reasons), ahead + 1)
            reasons = [*full, *reasons]
        return Denial(tuple(reasons), self.would_fit())

    def _duration(self) -> timedelta:
        return wanted_duration(self.request, self.snapshot, self.account)

    def _passes(self, reasons: list[Reason]) -> bool:
        return all(reason.code in PASSING for reason in reasons)

    def _wait(self, reasons: tuple[Reason, ...], position: int) -> Wait:
        soonest = [reason.soonest for reason in reasons if reason.soonest is not None]
        return Wait(
            reasons=reasons,
            earliest=max(soonest, default=None),
            latest=None,
            position=position,
            would_fit=self.would_fit(),
        )

    def would_fit(self) -> WouldFit | None:
        """Find the largest share up to the one asked for, and the longest time, that would pass."""
        longest = longest_lease(self.snapshot, self.account)
        if longest is None or any(standing(self.snapshot)):
            return None
        for share in [*largest_free(self.met[0].board, self.profile), Fraction(0)]:
            if share <= self.request.gpus:
                found = self._longest(share, longest)
                if found is not None:
                    return WouldFit(share, found)
        return None

    def _longest(self, share: Fraction, longest: timedelta) -> timedelta | None:
        """Find the longest time for which a share would pass now; None for none."""
        for duration in self._times(longest):
            found = self._within_budgets(share, duration)
            if found is not None:
                return found
        return None

    def _within_budgets(self, share: Fraction, duration: timedelta) -> timedelta | None:
        """Shorten a time for which there is room to what budgets hold of the GPU it would have."""
        fit = self._fit(share, duration)
        if not isinstance(fit, Fit):
            return None
        cost = self._cost(fit.placement.parts, duration)
        found = longest_affordable(self.snapshot, cost)
        if found < MIN_DURATION or own_reasons(self.snapshot, replace(cost, duration=found)):
            return None
        return found

    def _fit(self, share: Fraction, duration: timedelta) -> Fit | Blocked:
        if not share:
            return Fit(Placement(self.snapshot.node), loan=False)
        return self.met[0].fit(self._wish(share, duration))

    def _times(self, longest: timedelta) -> list[timedelta]:
        """List the times worth trying: the longest, and up to whatever comes before that."""
        floor, shadow = self.snapshot.floor, self.met[0].shadow
        edges = {window.since - floor.now for window in floor.occurrences}
        edges |= {shadow.at - floor.now} if shadow else set()
        found = {longest, *(edge for edge in edges if edge < longest)}
        return sorted((t for t in found if t >= MIN_DURATION), reverse=True)

    def _cost(self, parts: int, duration: timedelta) -> Cost:
        return Cost(self.profile, parts, duration, self.account)

    def _wish(self, share: Fraction, duration: timedelta) -> Wish:
        person = self.snapshot.person
        return Wish(
            profile=self.profile,
            share=share,
            duration=duration,
            account=self.account,
            person_id=person.id,
            preemptible=self.request.preemptible,
            sharing=self.snapshot.floor.sharing(Asker(person.id, self.account)),
        )


def _met_first(
    request: SpawnRequest, snapshot: Snapshot, account: str, judge: Judge
) -> tuple[Walk, int]:
    """Meet everybody who is served before this request, and count them.

    Who has a ticket and asks for no more than it stands in its place; else for newcomers, beside
    whom who was moved stands where they were moved to.
    """
    floor = snapshot.floor
    walk, ahead = Walk(floor, judge), 0
    if not request.gpus or not floor.queue:
        return walk, ahead
    mine = snapshot.ticket.id if snapshot.ticket is not None else None
    has_place = _has_place(request, snapshot, account)
    standing = snapshot.standings.get(account, Standing())
    key = order_key(standing, floor.now, 2**63, floor.now, floor.rules)
    for wish in floor.wishes:
        other = wish.ticket
        if other is None or (other.id == mine and not has_place):
            continue
        if other.id == mine or (not has_place and _comes_before(key, other, floor)):
            break
        ahead += 1
        if not other.hindered and not wants_later(other, floor.now):
            met = step(walk, wish)
            if isinstance(met, Fit):
                walk.take(wish, met)
    return walk, ahead


def _has_place(request: SpawnRequest, snapshot: Snapshot, account: str) -> bool:
    """Say whether a request asks for nothing that its server's waiting ticket does not ask for."""
    ticket = snapshot.ticket
    if ticket is None or ticket.state is not TicketState.WAITING:
        return False
    same = (ticket.account, ticket.profile) == (account, request.profile)
    longer = wanted_duration(request, snapshot, account) > ticket.duration
    return same and request.gpus <= ticket.gpus and not longer


def _comes_before(key: Key, other: Ticket, floor: Floor) -> bool:
    """Say whether a newcomer is served before a ticket that stands where its own key put it."""
    moved = other.ahead_of is not None or other.behind is not None
    return not moved and key < floor.key_of(other.id)


def _unknown_names(request: SpawnRequest, snapshot: Snapshot) -> Iterator[Reason]:
    if request.profile not in snapshot.profiles:
        yield _unknown_profile(request.profile, snapshot)
    if snapshot.person.account_for(request.group) is None:
        yield _not_a_member(request.group, snapshot)
    yield from standing(snapshot)


def _not_a_member(group: str | None, snapshot: Snapshot) -> Reason:
    yours = ", ".join(snapshot.person.groups) or "-"
    return Reason("account", "not-a-member", {"asked": group, "yours": yours})


def _unknown_profile(name: str, snapshot: Snapshot) -> Reason:
    known = ", ".join(sorted(snapshot.profiles))
    return Reason("profile", "unknown", {"asked": name, "known": known}, YOU)


def _disabled(snapshot: Snapshot) -> Iterator[Reason]:
    if snapshot.person.disabled:
        yield Reason("disabled", "account-disabled", {"user": snapshot.person.name})


def standing(snapshot: Snapshot) -> Iterator[Reason]:
    """Name what forbids any start of this server just now, whatever is asked for."""
    yield from _disabled(snapshot)
    yield from snapshot.obstacles
    for lease in snapshot.own:
        if lease.server == snapshot.server and lease.offer_until is None:
            numbers: dict[str, Number] = {"lease": lease.id, "state": str(lease.state)}
            yield Reason("engine", "still-stopping", numbers, TIME)


def choices(
    snapshot: Snapshot, profile: Profile, make: Callable[[Fraction], SpawnRequest]
) -> list[tuple[Fraction, Outcome]]:
    """Decide every share the menu of a profile offers, smallest first, 0 included."""
    shares = set(profile.shares)
    if not shares:
        pool = [gpu for gpu in snapshot.gpus if not gpu.sliced or gpu.kind in profile.kinds]
        shares = {Fraction(n, g.slots) for g in pool for n in range(1, g.slots + 1)}
        shares = {s for s in shares if (s * 4).denominator == 1 and s != Fraction(3, 4)}
    return [(s, decide(make(s), snapshot)) for s in sorted(shares | {Fraction(0)})]
