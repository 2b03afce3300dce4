"""Leases from asking to closing: load, decide, apply; every write is one short transaction."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from hub.clock import BootTime
from hub.errors import Refused
from hub.foretelling import foretell
from hub.house import House
from hub.policy.admission import account_of, decide, standing, wanted_duration
from hub.policy.ceilings import EACH, Ceiling, nearest
from hub.policy.estimates import estimate
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Denial, Grant, Outcome, Wait, WouldFit
from hub.policy.people import SITE, Person
from hub.policy.reasons import TIME, YOU, Reason
from hub.policy.requests import SpawnRequest
from hub.policy.snapshot import Snapshot
from hub.policy.starting import end_of
from hub.policy.tickets import Ticket
from hub.store import leases as rows
from hub.store import people
from hub.store.audit import write
from hub.store.extensions import set_visited
from hub.store.floor import load_floor
from hub.store.leases import NewLease
from hub.store.notices import about_lease, add_notice
from hub.store.shortening import shorten_lease
from hub.store.snapshot import load_snapshot, make_judge
from hub.store.terms import Terms
from hub.store.ticket_steps import offer_ticket
from hub.store.tickets import NewTicket
from hub.units import share_number
from hub.waiting import enter


@dataclass(frozen=True)
class Ask:
    """One person's wish for one of their servers, and what else forbids a start just now."""

    user: str
    server: str
    request: SpawnRequest
    obstacles: tuple[Reason, ...] = ()


def request(house: House, ask: Ask, now: datetime) -> Lease | Wait | Denial:
    """Decide on a wish and open its lease or ticket, in one write transaction.

    Whoever has an offer for this server takes it by asking for a GPU. Raises NotFound.
    """
    try:
        with house.database.write() as db:
            outcome = _request(db, house.terms, ask, now)
    except IntegrityError as error:
        raise Refused("that slot or server was taken in the same moment") from error
    return foretell(house, outcome, now) if isinstance(outcome, Wait) else outcome


def _request(db: Connection, terms: Terms, ask: Ask, now: datetime) -> Lease | Wait | Denial:
    person = people.load_person(db, ask.user)
    snapshot = load_snapshot(db, person, ask.server, terms, ask.obstacles, now)
    offer = rows.find_offer(db, ask.user, ask.server) if ask.request.gpus else None
    if offer is not None:
        forbidden = (
            *standing(snapshot),
            *_not_what_is_offered(ask.request, offer, snapshot.ticket),
            *_out_of_order(snapshot, offer),
        )
        if not forbidden:
            return rows.claim_offer(db, offer.id)
        passes = [reason.code for reason in forbidden] == ["waiting"]
        return Denial(forbidden, WouldFit(offer.share, offer.duration) if passes else None)
    outcome = decide(ask.request, snapshot, make_judge(db, snapshot.floor, terms))
    if isinstance(outcome, Grant):
        return _open(db, ask, snapshot, outcome)
    if isinstance(outcome, Wait):
        return _wait(db, ask, snapshot, outcome)
    return outcome


def _not_what_is_offered(
    asked: SpawnRequest, offer: Lease, ticket: Ticket | None
) -> Iterator[Reason]:
    """Say that nothing but what is on offer can be had beside it: share, time, profile, account.

    Who names no group takes it on the account it is on. One that draws on a reservation is on
    that account, and is taken with the group that was asked for too.
    """
    longer = asked.duration is not None and asked.duration > offer.duration
    accounts = {offer.account, ticket.account if ticket is not None else offer.account}
    elsewhere = asked.group is not None and f"group:{asked.group}" not in accounts
    other = (asked.gpus, asked.profile) != (offer.share, offer.profile)
    if longer or elsewhere or other:
        numbers = {"gpus": share_number(offer.share), "ticket": offer.ticket_id}
        yield Reason("waiting", "offered", numbers, YOU)


def _out_of_order(snapshot: Snapshot, offer: Lease) -> Iterator[Reason]:
    """Say that a GPU of an offer broke; the steward then gives its ticket the old place back."""
    for part in offer.slots:
        gpu = snapshot.floor.by_uuid.get(part.gpu_uuid)
        if gpu is None or gpu.health != "ok":
            numbers = {"gpu": part.gpu_uuid, "ticket": offer.ticket_id}
            yield Reason("gpu-fault", "offered", numbers, TIME)


def _open(db: Connection, ask: Ask, snapshot: Snapshot, grant: Grant) -> Lease:
    """Open a lease; a ticket for that server is served with it, or back in place if it fails.

    Whoever asks is there, and need not open what was started in their absence.
    """
    profile = snapshot.profiles[ask.request.profile]
    ticket = snapshot.ticket if ask.request.gpus else None
    ticket_id = None if ticket is None else ticket.id
    new = NewLease(snapshot.person, ask.server, ask.request, profile, grant, ticket_id)
    lease = rows.open_lease(db, new, snapshot.now, snapshot.zone)
    if ticket is not None:
        offer_ticket(db, ticket.id, lease.id)
        set_visited(db, lease.id, snapshot.now)
        lease = rows.load_lease(db, lease.id)
    return lease


def _wait(db: Connection, ask: Ask, snapshot: Snapshot, outcome: Wait) -> Wait:
    """Open the ticket that keeps somebody's place, or find the one they have."""
    account = account_of(ask.request, snapshot) or SITE
    duration = wanted_duration(ask.request, snapshot, account)
    new = NewTicket(snapshot.person, ask.server, account, ask.request, duration)
    return enter(db, new, outcome, snapshot.now)


def explain(house: House, ask: Ask, now: datetime) -> Outcome:
    """Decide without opening anything; raises NotFound."""
    with house.database.read() as db:
        person = people.load_person(db, ask.user)
        snapshot = load_snapshot(db, person, ask.server, house.terms, ask.obstacles, now)
        judge = make_judge(db, snapshot.floor, house.terms)
        outcome = decide(ask.request, snapshot, judge)
        if not isinstance(outcome, Wait):
            return outcome
        account = account_of(ask.request, snapshot) or SITE
        asked = replace(ask.request, duration=wanted_duration(ask.request, snapshot, account))
        experience = house.recollection.of(db, snapshot.floor)
        return estimate(outcome, snapshot, judge, asked, account, experience)


def effective_ceilings(snapshot: Snapshot, account: str) -> dict[str, Ceiling]:
    """Give the value of every kind of ceiling that applies to the snapshot's person."""
    found = {kind: nearest(snapshot.ceilings, kind, snapshot.person.name, account) for kind in EACH}
    return {kind: ceiling for kind, ceiling in found.items() if ceiling is not None}


def activate(house: House, lease_id: int, now: datetime, boot: BootTime) -> Lease:
    """Say that a lease's server answered; raises StateChanged when it was ended meanwhile.

    Its time counts from now, but not into what was promised to others while it started.
    """
    with house.database.write() as db:
        ends = end_of(load_floor(db, house.terms, now), rows.load_lease(db, lease_id))
        rows.activate(db, lease_id, now, boot, house.zone, house.terms.rules.minimum_run)
        if shorten_lease(db, lease_id, ends, now, house.zone):
            told = about_lease(rows.load_lease(db, lease_id), "shortened", ends)
            add_notice(db, told, now)
        return rows.load_lease(db, lease_id)


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
