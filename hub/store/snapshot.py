"""Load, in one read, everything one decision looks at."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from hub.policy.admission import hindrances
from hub.policy.budgets import Sums, budgets_of, days_of
from hub.policy.ceilings import DEFAULT_PRIORITY, PRIORITY, Ceilings
from hub.policy.floor import Floor
from hub.policy.people import SITE, Person
from hub.policy.reasons import Reason
from hub.policy.snapshot import Snapshot
from hub.policy.tickets import Standing, Ticket
from hub.policy.walk import Judge
from hub.store.ceilings import load_for
from hub.store.floor import load_floor
from hub.store.leases import load_open_of
from hub.store.ledger import load_sums
from hub.store.people import load_person
from hub.store.queue import load_usage_of
from hub.store.terms import Terms
from hub.store.tickets import load_open_tickets_of
from hub.store.usage import clock_is_behind

LONGEST = timedelta(days=366)
"""For how long a lease may hold what budgets allow; no ceiling is wider."""


def load_snapshot(
    db: Connection,
    person: Person,
    server: str,
    terms: Terms,
    obstacles: tuple[Reason, ...],
    now: datetime,
) -> Snapshot:
    """Take the snapshot for one person's start of one server; a clock set back forbids any."""
    if clock_is_behind(db, now):
        obstacles = (*obstacles, Reason("clock", "behind"))
    return see(db, load_floor(db, terms, now), person, server, terms, obstacles)


def see(
    db: Connection,
    floor: Floor,
    person: Person,
    server: str,
    terms: Terms,
    obstacles: tuple[Reason, ...] = (),
) -> Snapshot:
    """Take one person's view of a floor that was loaded already."""
    ceilings = load_for(db, person)
    usage = load_usage_of(db, person.id, floor.now, floor.rules, floor.nominal)
    accounts = [SITE, *(f"group:{group}" for group in person.groups)]
    tickets = load_open_tickets_of(db, person.name)
    return Snapshot(
        floor=floor,
        person=person,
        server=server,
        ceilings=ceilings,
        own=load_open_of(db, person),
        default_duration=terms.default_duration,
        obstacles=obstacles,
        sums=_sums(db, person, ceilings, accounts, terms, floor),
        zone=terms.zone,
        ticket=next((ticket for ticket in tickets if ticket.server == server), None),
        elsewhere=tuple(ticket for ticket in tickets if ticket.server != server),
        standings={a: Standing(_priority(ceilings, a), usage) for a in accounts},
    )


def make_judge(db: Connection, floor: Floor, terms: Terms) -> Judge:
    """Make what tells of a ticket what of its owner's own stands in its way, on one floor."""

    def judge(ticket: Ticket) -> tuple[Reason, ...]:
        person = load_person(db, ticket.user)
        return hindrances(ticket, see(db, floor, person, ticket.server, terms))

    return judge


def _priority(ceilings: Ceilings, account: str) -> int:
    quota = ceilings.get((account, PRIORITY))
    return int(quota.value) if quota else DEFAULT_PRIORITY


def _sums(
    db: Connection,
    person: Person,
    ceilings: Ceilings,
    accounts: list[str],
    terms: Terms,
    floor: Floor,
) -> Sums:
    """Load what was used of every budget that could apply; nothing where none is set."""
    found = {b for a in accounts for b in budgets_of(ceilings, person.name, a)}
    if not found:
        return {}
    first, last = days_of(found, floor.now, LONGEST, terms.zone)
    return load_sums(db, sorted({budget.scope for budget in found}), first, last)
