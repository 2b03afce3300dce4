"""What an extension is decided on, and the times of a running lease as they are moved."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, update

from hub import crashes
from hub.errors import StateChanged
from hub.policy import ceilings as c
from hub.policy.budgets import Budget, budget_for_each, budgets_of, days_of, judge
from hub.policy.extension import Costs, Ground
from hub.policy.floor import Floor
from hub.policy.leases import Lease, State
from hub.policy.queueing import shadow_of
from hub.policy.reasons import Reason
from hub.policy.tickets import Ticket
from hub.store import ledger
from hub.store.ceilings import load_for
from hub.store.floor import load_floor
from hub.store.leases import load_lease
from hub.store.people import load_person
from hub.store.schema import leases
from hub.store.snapshot import make_judge
from hub.store.terms import Terms


def load_ground(db: Connection, lease: Lease, terms: Terms, now: datetime) -> Ground:
    """Load everything one decision on a lease's extension looks at."""
    person = load_person(db, lease.user)
    ceilings = load_for(db, person)
    return Ground(
        floor=load_floor(db, terms, now),
        ceiling=c.nearest(ceilings, c.LEASE_HOURS_TOTAL, person.name, lease.account),
        beyond=c.nearest(ceilings, c.LEASE_HOURS_TOTAL, "", lease.account),
        costs=_make_costs(db, budgets_of(ceilings, person.name, lease.account), terms.zone),
        costs_beyond=_make_costs(db, budget_for_each(ceilings, person.name), terms.zone),
        first_start=_FirstStart(db, terms),
    )


def extend_lease(db: Connection, lease: Lease, until: datetime, zone: ZoneInfo) -> Lease:
    """Let a running lease run until a moment, and hold what that may cost.

    A loan stays what it is: its person had no promise of more than its minimum run. Raises
    StateChanged when the lease was ended, taken back or extended meanwhile.
    """
    if lease.active_at is None:
        raise StateChanged(f"lease {lease.id} does not run")
    values: dict[str, object] = {"expires_at": until, "duration": until - lease.active_at}
    if not lease.loan:
        values["guaranteed_until"] = until
    done = db.execute(
        update(leases)
        .where(
            leases.c.id == lease.id,
            leases.c.state == State.ACTIVE,
            leases.c.expires_at == lease.expires_at,
            leases.c.reclaim_at.is_(None),
        )
        .values(**values)
    )
    if done.rowcount != 1:
        raise StateChanged(f"lease {lease.id} was ended or moved in the same moment")
    crashes.here("lease.extended")
    extended = load_lease(db, lease.id)
    ledger.ensure_escrow(db, extended, zone)
    return extended


def set_keep_going(db: Connection, lease_id: int, on: bool) -> bool:
    """Switch keep going on or off; False if it stood so already."""
    mine = (leases.c.id == lease_id) & (leases.c.keep_going.is_not(on))
    done = db.execute(update(leases).where(mine).values(keep_going=on))
    crashes.here("lease.switched")
    return bool(done.rowcount == 1)


def set_visited(db: Connection, lease_id: int, now: datetime) -> bool:
    """Note the first time an owner opened a server; False if that was noted before."""
    unseen = (leases.c.id == lease_id) & leases.c.visited_at.is_(None)
    done = db.execute(update(leases).where(unseen).values(visited_at=now))
    crashes.here("lease.visited")
    return bool(done.rowcount == 1)


def _make_costs(db: Connection, budgets: tuple[Budget, ...], zone: ZoneInfo) -> Costs:
    """Make what says of a lease which budgets would not hold more of it."""

    def costs(lease: Lease, until: datetime) -> tuple[Reason, ...]:
        if not budgets or not lease.parts or lease.expires_at is None:
            return ()
        more = until - lease.expires_at
        first, last = days_of(budgets, lease.expires_at, more, zone)
        sums = ledger.load_sums(db, _scopes(budgets), first, last)
        return judge(budgets, sums, lease.parts, lease.expires_at, more, zone)

    return costs


def _scopes(budgets: tuple[Budget, ...]) -> list[str]:
    return sorted({budget.scope for budget in budgets})


class _FirstStart:
    """Says when the first who waits starts; what stands in people's own way is asked once."""

    def __init__(self, db: Connection, terms: Terms) -> None:
        self._db = db
        self._terms = terms
        self._known: dict[int, tuple[Reason, ...]] = {}

    def __call__(self, floor: Floor) -> datetime | None:
        if not floor.queue:
            return None
        ask = make_judge(self._db, floor, self._terms)

        def judged(ticket: Ticket) -> tuple[Reason, ...]:
            if ticket.id not in self._known:
                self._known[ticket.id] = ask(ticket)
            return self._known[ticket.id]

        shadow = shadow_of(floor, judged)
        return shadow.at if shadow is not None else None
