"""Loans given back: promoted where there is room, told when somebody is owed their GPUs, ended.

Who is taken back gets a place in the waiting list that counts from when they first asked.
"""

from datetime import datetime

from sqlalchemy import Connection

from hub.house import House
from hub.policy.leases import EndReason, Lease
from hub.policy.loans import promotable, to_take_back
from hub.policy.requests import SpawnRequest
from hub.policy.returning import Times, loans_to_tell
from hub.store import leases, loans, tickets
from hub.store.floor import load_floor
from hub.store.notices import NewNotice, add_notice
from hub.store.people import load_person
from hub.store.snapshot import make_judge
from hub.store.tickets import NewTicket

TOLD = "reclaimed-10"
"""The kind of the notice: what people are told 10 minutes before, said as soon as it is known."""


def promote(house: House, now: datetime) -> list[int]:
    """Make ordinary leases of the loans for which there is room; gives which."""
    with house.database.read() as db:
        if not _promotable(db, house, now):
            return []
    with house.database.write() as db:
        return [found for found in _promotable(db, house, now) if loans.promote(db, found)]


def tell(house: House, now: datetime) -> Times:
    """Tell the people of loans that others are owed when they are taken back; gives which.

    It is looked for in a read first, so that nobody who writes waits for it.
    """
    with house.database.read() as db:
        if not _to_tell(db, house, now):
            return {}
    with house.database.write() as db:
        times = _to_tell(db, house, now)
        return {found: at for found, at in times.items() if _tell_one(db, house, found, at, now)}


def take_back(house: House, now: datetime) -> list[Lease]:
    """Begin to close every loan whose notice is over, and give its person their place."""
    with house.database.read() as db:
        due = to_take_back(leases.load_open(db), now)
    ended = []
    for lease in due:
        with house.database.write() as db:
            if leases.begin_closing(db, lease.id, EndReason.RECLAIM, now):
                _give_place(db, leases.load_lease(db, lease.id), now)
                ended.append(lease)
    return ended


def _promotable(db: Connection, house: House, now: datetime) -> list[int]:
    found = [lease for lease in leases.load_open(db) if lease.loan]
    return promotable(load_floor(db, house.terms, now), found) if found else []


def _to_tell(db: Connection, house: House, now: datetime) -> Times:
    found = leases.load_open(db)
    if not any(lease.loan for lease in found):
        return {}
    floor = load_floor(db, house.terms, now)
    return loans_to_tell(floor, found, make_judge(db, floor, house.terms))


def _tell_one(db: Connection, house: House, lease_id: int, at: datetime, now: datetime) -> bool:
    if not loans.set_reclaim(db, lease_id, at):
        return False
    lease = leases.load_lease(db, lease_id)
    told = {"lease": lease.id, "server": lease.server, "until": at.isoformat()}
    add_notice(db, NewNotice(lease.person_id, f"lease:{lease.id}", TOLD, at, told), now)
    return True


def _give_place(db: Connection, lease: Lease, now: datetime) -> None:
    """Open a ticket for the time a lease had left; one its server has already stays as it is."""
    if lease.expires_at is None or lease.expires_at <= now:
        return
    if tickets.find_open_ticket(db, lease.user, lease.server) is not None:
        return
    left = lease.expires_at - now
    group = lease.account.removeprefix("group:") if ":" in lease.account else None
    request = SpawnRequest(lease.profile, lease.share, left, group, if_busy="wait")
    person = load_person(db, lease.user)
    asked_at, auto_start = lease.opened_at, True
    if lease.ticket_id is not None:
        before = tickets.load_ticket(db, lease.ticket_id)
        asked_at, auto_start = before.asked_at, before.auto_start
    new = NewTicket(person, lease.server, lease.account, request, left, asked_at, auto_start)
    tickets.open_ticket(db, new, now)
