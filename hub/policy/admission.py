"""Decide one request: yes with a placement, or no with every reason that holds."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction

from hub.policy import ceilings as c
from hub.policy.outcomes import Denial, Grant, Outcome, Placement, WouldFit
from hub.policy.placement import Board, choose, dealable, largest_free, lay_out, soonest
from hub.policy.profiles import Profile
from hub.policy.reasons import TIME, YOU, Number, Reason
from hub.policy.requests import SpawnRequest
from hub.policy.snapshot import Snapshot
from hub.units import hours, hours_of, share_number

MIN_DURATION = timedelta(minutes=1)


def decide(request: SpawnRequest, snapshot: Snapshot) -> Outcome:
    """Decide on a request over a snapshot; the same two always give the same answer."""
    account = snapshot.person.account_for(request.group)
    profile = snapshot.profiles.get(request.profile)
    if account is None or profile is None:
        return Denial(tuple(_unknown_names(request, snapshot)))
    board = lay_out(snapshot.gpus, snapshot.taken)
    duration = wanted_duration(request, snapshot, account)
    judged = _Judged(request, snapshot, account, profile, board, duration)
    reasons = judged.reasons()
    if reasons:
        return Denial(tuple(reasons), judged.would_fit())
    return Grant(judged.placement or Placement(snapshot.node), duration, account)


def wanted_duration(request: SpawnRequest, snapshot: Snapshot, account: str) -> timedelta:
    """Give the time asked for, or the station's default within the person's ceiling."""
    if request.duration is not None:
        return request.duration
    ceiling = c.nearest(snapshot.ceilings, c.LEASE_HOURS, snapshot.person.name, account)
    if ceiling is None:
        return snapshot.default_duration
    return min(snapshot.default_duration, hours(ceiling.value))


def _unknown_names(request: SpawnRequest, snapshot: Snapshot) -> Iterator[Reason]:
    if request.profile not in snapshot.profiles:
        known = ", ".join(sorted(snapshot.profiles))
        yield Reason("profile", "unknown", {"asked": request.profile, "known": known}, YOU)
    if snapshot.person.account_for(request.group) is None:
        numbers: dict[str, Number] = {
            "asked": request.group,
            "yours": ", ".join(snapshot.person.groups) or "-",
        }
        yield Reason("account", "not-a-member", numbers)
    yield from _standing(snapshot)


def _standing(snapshot: Snapshot) -> Iterator[Reason]:
    if snapshot.person.disabled:
        yield Reason("disabled", "account-disabled", {"user": snapshot.person.name})
    yield from snapshot.obstacles
    for lease in snapshot.own:
        if lease.server == snapshot.server:
            numbers: dict[str, Number] = {"lease": lease.id, "state": str(lease.state)}
            yield Reason("engine", "still-stopping", numbers, TIME)


class _Judged:
    """One request against one snapshot, with what every rule needs worked out once."""

    def __init__(
        self,
        request: SpawnRequest,
        snapshot: Snapshot,
        account: str,
        profile: Profile,
        board: Board,
        duration: timedelta,
    ) -> None:
        self.request = request
        self.snapshot = snapshot
        self.account = account
        self.profile = profile
        self.board = board
        self.duration = duration
        share = request.gpus
        self.placement = choose(board, profile, share) if share > 0 else None

    def reasons(self) -> list[Reason]:
        return [
            *_standing(self.snapshot),
            *self._ceilings(self.request.gpus, self._weighed(), self.duration),
            *self._room(),
        ]

    def would_fit(self) -> WouldFit | None:
        """Find the largest share up to the one asked for, and the longest time, that would pass."""
        if any(_standing(self.snapshot)):
            return None
        longest = self._ceiling(c.LEASE_HOURS)
        if longest is None:
            return None
        duration = min(self.duration, hours(longest.value))
        for share in [*largest_free(self.board, self.profile), Fraction(0)]:
            if share > self.request.gpus:
                continue
            placed = choose(self.board, self.profile, share) if share else None
            weighed = placed.weighed if placed else Fraction(0)
            if not any(self._ceilings(share, weighed, duration)):
                return WouldFit(share, hours(longest.value))
        return None

    def _weighed(self) -> Fraction:
        return self.placement.weighed if self.placement else self.request.gpus

    def _ceiling(self, kind: str) -> c.Ceiling | None:
        return c.nearest(self.snapshot.ceilings, kind, self.snapshot.person.name, self.account)

    def _ceilings(
        self, share: Fraction, weighed: Fraction, duration: timedelta
    ) -> Iterator[Reason]:
        own = self.snapshot.own
        held = sum((lease.weighed for lease in own), Fraction(0))
        yield from self._under(c.GPUS, "gpu-quota", held, weighed if share else Fraction(0))
        yield from self._under(c.SERVERS, "server-quota", Fraction(len(own)), Fraction(1))
        asked_hours = hours_of(max(duration, MIN_DURATION))
        yield from self._under(c.LEASE_HOURS, "hours-quota", Fraction(0), asked_hours)
        cpus = sum((lease.cpus for lease in own), Fraction(0))
        yield from self._under(c.CPUS, "cpu-quota", cpus, self.profile.cpus)
        memory = Fraction(sum(lease.memory_mib for lease in own), 1024)
        asked = Fraction(self.profile.memory_mib, 1024)
        yield from self._under(c.MEMORY_GIB, "memory-quota", memory, asked)

    def _under(self, kind: str, code: str, held: Fraction, asked: Fraction) -> Iterator[Reason]:
        ceiling = self._ceiling(kind)
        if ceiling is None:
            if kind in c.NEEDED:
                yield Reason(code, "none", {"asked": share_number(asked)})
        elif asked and held + asked > ceiling.value:
            numbers = {
                "ceiling": share_number(ceiling.value),
                "from": ceiling.source,
                "held": share_number(held),
                "asked": share_number(asked),
            }
            yield Reason(code, kind.replace("_", "-"), numbers)

    def _room(self) -> Iterator[Reason]:
        share = self.request.gpus
        if share == 0 or self.placement is not None:
            return
        gpus = self.snapshot.gpus
        if not gpus:
            yield Reason("request", "no-gpu", {"asked": share_number(share)}, YOU)
            return
        if not dealable(gpus, self.profile, share):
            shares = sorted({Fraction(n, g.slots) for g in gpus for n in range(1, g.slots + 1)})
            known = ", ".join(str(share_number(s)) for s in shares)
            yield Reason("request", "share", {"asked": share_number(share), "known": known}, YOU)
            return
        healthy = tuple(gpu for gpu in gpus if gpu.health == "ok")
        if not dealable(healthy, self.profile, share):
            bad = len(gpus) - len(healthy)
            yield Reason("gpu-fault", "no-healthy-gpu", {"faulty": bad, "gpus": len(gpus)})
            return
        yield self._busy(healthy)

    def _busy(self, healthy: tuple[object, ...]) -> Reason:
        free = sum(len(slots) for slots in self.board.free.values())
        slots = sum(gpu.slots for gpu in self.snapshot.gpus if gpu.health == "ok")
        coming = [t for t in self.snapshot.taken if t.until and t.until > self.snapshot.now]
        when = soonest(self.board, coming, self.profile, self.request.gpus)
        numbers = {
            "asked": share_number(self.request.gpus),
            "free_slots": free,
            "slots": slots,
            "gpus": len(healthy),
        }
        return Reason("gpu-busy", "free-slots", numbers, TIME, when)


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
