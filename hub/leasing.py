"""Leases from asking to closing: load, decide, apply; every write is one short transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from hub.clock import BootTime
from hub.errors import Refused
from hub.house import House
from hub.policy.admission import decide
from hub.policy.ceilings import EACH, Ceiling, nearest
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Denial, Grant, Outcome
from hub.policy.people import Person
from hub.policy.reasons import Reason
from hub.policy.requests import SpawnRequest
from hub.policy.snapshot import Snapshot
from hub.store import leases as rows
from hub.store import people
from hub.store.audit import write
from hub.store.leases import NewLease
from hub.store.snapshot import load_snapshot
from hub.store.usage import newest_entry

CLOCK_TOLERANCE = timedelta(seconds=30)


@dataclass(frozen=True)
class Ask:
    """One person's wish for one of their servers, and what else forbids a start just now."""

    user: str
    server: str
    request: SpawnRequest
    obstacles: tuple[Reason, ...] = ()


def request(house: House, ask: Ask, now: datetime) -> Lease | Denial:
    """Decide on a wish and open its lease, in one write transaction; raises NotFound."""
    obstacles = ask.obstacles
    with house.database.write() as db:
        person = people.load_person(db, ask.user)
        newest = newest_entry(db)
        if newest is not None and newest > now + CLOCK_TOLERANCE:
            obstacles = (*obstacles, Reason("clock", "behind"))
        snapshot = load_snapshot(db, person, ask.server, house.terms, obstacles, now)
        outcome = decide(ask.request, snapshot)
        if not isinstance(outcome, Grant):
            return _denied(outcome)
        profile = snapshot.profiles[ask.request.profile]
        new = NewLease(person, ask.server, ask.request, profile, outcome)
        try:
            return rows.open_lease(db, new, now, house.zone)
        except IntegrityError as error:
            raise Refused("that slot or server was taken in the same moment") from error


def explain(house: House, ask: Ask, now: datetime) -> Outcome:
    """Decide without opening anything; raises NotFound."""
    with house.database.read() as db:
        person = people.load_person(db, ask.user)
        snapshot = load_snapshot(db, person, ask.server, house.terms, ask.obstacles, now)
    return decide(ask.request, snapshot)


def effective_ceilings(snapshot: Snapshot, account: str) -> dict[str, Ceiling]:
    """Give the value of every kind of ceiling that applies to the snapshot's person."""
    found = {kind: nearest(snapshot.ceilings, kind, snapshot.person.name, account) for kind in EACH}
    return {kind: ceiling for kind, ceiling in found.items() if ceiling is not None}


def activate(house: House, lease_id: int, now: datetime, boot: BootTime) -> Lease:
    """Say that a lease's server answered; raises StateChanged when it was ended meanwhile."""
    with house.database.write() as db:
        return rows.activate(db, lease_id, now, boot, house.zone)


def begin_closing(house: House, lease_id: int, reason: EndReason, now: datetime) -> bool:
    """Begin to end a lease, whatever for; False if that had begun before."""
    with house.database.write() as db:
        return rows.begin_closing(db, lease_id, reason, now)


def finish_closing(house: House, lease_id: int, now: datetime, boot: BootTime) -> Lease | None:
    """Free a closing lease's slots and write its usage, once; only when its container is gone."""
    with house.database.write() as db:
        return rows.finish_closing(db, lease_id, now, boot, house.zone)


def note(house: House, lease_id: int, text: str) -> None:
    """Say why a lease is still closing."""
    with house.database.write() as db:
        rows.set_note(db, lease_id, text)


def revoke(house: House, lease_id: int, actor: str, now: datetime) -> Lease:
    """Mark a lease for its end by an administrator; the steward carries it out. Raises NotFound."""
    with house.database.write() as db:
        lease = rows.load_lease(db, lease_id)
        if lease.state is State.CLOSED:
            raise Refused(f"lease {lease_id} is closed already")
        if rows.begin_closing(db, lease_id, EndReason.REVOKE, now):
            write(db, actor, "lease revoke", {"lease": lease_id, "user": lease.user}, now)
        return rows.load_lease(db, lease_id)


def find_person(house: House, user: str) -> Person | None:
    """Load a person by name; None if there is none."""
    with house.database.read() as db:
        return people.find_person(db, user)


def find_open(house: House, user: str, server: str) -> Lease | None:
    """Load the open lease of one server; None if it has none."""
    with house.database.read() as db:
        return rows.find_open(db, user, server)


def load_open(house: House) -> list[Lease]:
    """Load every open lease, oldest first."""
    with house.database.read() as db:
        return rows.load_open(db)


def load_lease(house: House, lease_id: int) -> Lease:
    """Load one lease; raises NotFound."""
    with house.database.read() as db:
        return rows.load_lease(db, lease_id)


def _denied(outcome: Outcome) -> Denial:
    if isinstance(outcome, Denial):
        return outcome
    raise Refused("waiting is not built yet")
