"""What of a person's own stands in the way: their ceilings, their account's totals, budgets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from hub.policy import ceilings as c
from hub.policy.budgets import budgets_of, judge, longest
from hub.policy.leases import Lease
from hub.policy.people import SITE
from hub.policy.profiles import Profile
from hub.policy.reasons import TIME, YOU, Number, Reason
from hub.policy.snapshot import Snapshot
from hub.units import from_parts, hours, hours_of, share_number

MIN_DURATION = timedelta(minutes=1)


@dataclass(frozen=True)
class Cost:
    """What a start would take: parts of GPU for so long, and its profile's limits."""

    profile: Profile
    parts: int
    duration: timedelta
    account: str


def own_reasons(snapshot: Snapshot, cost: Cost) -> list[Reason]:
    """List every ceiling, total and budget that forbids a start at that cost.

    A lease of the same server is about to be replaced: what it holds counts once, the larger.
    So do the two leases of a server for which there is an offer.
    """
    return [
        *_each(snapshot, cost),
        *_together(snapshot, cost),
        *_budgets(snapshot, cost),
    ]


def nearest(snapshot: Snapshot, kind: str, account: str) -> c.Ceiling | None:
    """Find the one value of a kind that applies to the snapshot's person on an account."""
    return c.nearest(snapshot.ceilings, kind, snapshot.person.name, account)


def longest_lease(snapshot: Snapshot, account: str) -> timedelta | None:
    """Give the longest time a start may ask for; None where no value allows any."""
    if nearest(snapshot, c.LEASE_HOURS, account) is None:
        return None
    kinds = (c.LEASE_HOURS, c.LEASE_HOURS_TOTAL)
    found = [nearest(snapshot, kind, account) for kind in kinds]
    return min(hours(ceiling.value) for ceiling in found if ceiling is not None)


def longest_affordable(snapshot: Snapshot, cost: Cost) -> timedelta:
    """Give the longest time, up to the cost's own, that every budget would hold."""
    found = budgets_of(snapshot.ceilings, snapshot.person.name, cost.account)
    return longest(found, snapshot.sums, cost.parts, snapshot.now, cost.duration, snapshot.zone)


def places_taken(snapshot: Snapshot) -> tuple[Reason, ...]:
    """Say that somebody waits for as many other servers as they may; empty while they don't."""
    most = snapshot.floor.rules.tickets_each
    if len(snapshot.elsewhere) < most:
        return ()
    numbers: dict[str, Number] = {"tickets": most, "ticket": snapshot.elsewhere[0].id}
    return (Reason("waiting", "tickets-each", numbers, YOU),)


def _each(snapshot: Snapshot, cost: Cost) -> Iterator[Reason]:
    own = [lease for lease in snapshot.own if lease.server != snapshot.server]
    replaced = [lease for lease in snapshot.own if lease.server == snapshot.server]
    parts = sum(lease.parts for lease in own)
    yield from _under(
        snapshot, c.GPUS, "gpu-quota", cost, from_parts(parts), from_parts(cost.parts)
    )
    servers = {lease.server for lease in own}
    running = Fraction(len(servers))
    yield from _under(snapshot, c.SERVERS, "server-quota", cost, running, Fraction(1))
    asked = hours_of(max(cost.duration, MIN_DURATION))
    for kind in (c.LEASE_HOURS, c.LEASE_HOURS_TOTAL):
        yield from _under(snapshot, kind, "hours-quota", cost, Fraction(0), asked)
    cpus = sum((max(x.cpus for x in own if x.server == name) for name in servers), Fraction(0))
    most = max([cost.profile.cpus, *(lease.cpus for lease in replaced)])
    yield from _under(snapshot, c.CPUS, "cpu-quota", cost, cpus, most)
    memory = sum(max(x.memory_mib for x in own if x.server == name) for name in servers)
    largest = max([cost.profile.memory_mib, *(lease.memory_mib for lease in replaced)])
    held, wanted = Fraction(memory, 1024), Fraction(largest, 1024)
    yield from _under(snapshot, c.MEMORY_GIB, "memory-quota", cost, held, wanted)


def _under(
    snapshot: Snapshot, kind: str, code: str, cost: Cost, held: Fraction, asked: Fraction
) -> Iterator[Reason]:
    ceiling = nearest(snapshot, kind, cost.account)
    if ceiling is None:
        if kind in c.NEEDED:
            yield Reason(code, "none", {"asked": share_number(asked)})
    elif asked and held + asked > ceiling.value:
        yield Reason(code, kind.replace("_", "-"), _numbers(ceiling, held, asked))


def _together(snapshot: Snapshot, cost: Cost) -> Iterator[Reason]:
    replaced = [lease for lease in snapshot.own if lease.server == snapshot.server]
    for ceiling in c.together(snapshot.ceilings, c.TOTAL_GPUS, cost.account) if cost.parts else ():
        held = from_parts(_held(snapshot, ceiling.source) - _parts(replaced, ceiling.source))
        if held + from_parts(cost.parts) > ceiling.value:
            numbers = _numbers(ceiling, held, from_parts(cost.parts))
            yield Reason("total", "total-gpus", numbers, TIME)
    for ceiling in c.together(snapshot.ceilings, c.TOTAL_SERVERS, cost.account):
        running = _servers(snapshot, ceiling.source)
        running -= len({x.account for x in replaced if ceiling.source in (SITE, x.account)})
        if running + 1 > ceiling.value:
            numbers = _numbers(ceiling, Fraction(running), Fraction(1))
            yield Reason("total", "total-servers", numbers, TIME)


def _budgets(snapshot: Snapshot, cost: Cost) -> tuple[Reason, ...]:
    if not cost.parts:
        return ()
    found = budgets_of(snapshot.ceilings, snapshot.person.name, cost.account)
    if not found:
        return ()
    return judge(found, snapshot.sums, cost.parts, snapshot.now, cost.duration, snapshot.zone)


def _held(snapshot: Snapshot, scope: str) -> int:
    floor = snapshot.floor
    if scope == SITE:
        return sum(floor.held.values()) + sum(floor.lent.values())
    return floor.held.get(scope, 0) + floor.lent.get(scope, 0)


def _servers(snapshot: Snapshot, scope: str) -> int:
    servers = snapshot.floor.servers
    return sum(servers.values()) if scope == SITE else servers.get(scope, 0)


def _parts(leases: list[Lease], scope: str) -> int:
    return sum(lease.parts for lease in leases if scope in (SITE, lease.account))


def _numbers(ceiling: c.Ceiling, held: Fraction, asked: Fraction) -> dict[str, Number]:
    return {
        "ceiling": share_number(ceiling.value),
        "from": ceiling.source,
        "held": share_number(held),
        "asked": share_number(asked),
    }
