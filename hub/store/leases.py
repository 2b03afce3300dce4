"""Leases as rows: opened with their slot keys, and moved by updates that must change one row."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, delete, insert, select, update

from hub import crashes
from hub.clock import BootTime
from hub.errors import NotFound, StateChanged
from hub.policy.gpus import SlotRange
from hub.policy.leases import EndReason, Lease, State
from hub.policy.lifecycle import allowed_before
from hub.policy.outcomes import Grant, Placement
from hub.policy.people import Person
from hub.policy.profiles import Profile
from hub.policy.requests import SpawnRequest
from hub.store import ledger
from hub.store.memo import spoil
from hub.store.notices import tell_end
from hub.store.schema import lease_places, lease_servers, lease_slots, leases, people
from hub.store.ticket_ends import give_back_ticket, serve_ticket

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class NewLease:
    """Everything a lease is opened from."""

    person: Person
    server: str
    request: SpawnRequest
    profile: Profile
    grant: Grant
    ticket_id: int | None = None
    offer_until: datetime | None = None


def open_lease(db: Connection, new: NewLease, now: datetime, zone: ZoneInfo) -> Lease:
    """Open a lease and hold its cost; the keys raise IntegrityError for what is held already.

    An offer holds its slots only; its server's name is taken once it is claimed.
    """
    placement = new.grant.placement
    spoil(db)
    lease_id = db.execute(
        insert(leases).values(
            person_id=new.person.id,
            server=new.server,
            account=new.grant.account,
            profile=new.profile.name,
            state=State.HELD,
            node=placement.node,
            share=new.request.gpus,
            parts=placement.parts,
            cpus=new.profile.cpus,
            memory_mib=new.profile.memory_mib,
            duration=new.grant.duration,
            loan=new.grant.loan,
            reservation_id=new.grant.reservation_id,
            ticket_id=new.ticket_id,
            offer_until=new.offer_until,
            opened_at=now,
            note="",
        )
    ).inserted_primary_key[0]  # type: ignore[index]  # an insert always has one
    crashes.here("lease.opened")
    if new.offer_until is None:
        _take_server(db, new.person.id, new.server, lease_id)
    _take_slots(db, placement, lease_id)
    lease = load_lease(db, lease_id)
    ledger.open_escrow(db, lease, zone)
    return lease


def _take_slots(db: Connection, placement: Placement, lease_id: int) -> None:
    rows = [
        {"lease_id": lease_id, "gpu_uuid": part.gpu_uuid, "slot": slot}
        for part in placement.slots
        for slot in part.slots
    ]
    if rows:
        db.execute(insert(lease_slots), rows)
        crashes.here("lease.slots-taken")
        db.execute(insert(lease_places), rows)
        crashes.here("lease.placed")


def claim_offer(db: Connection, lease_id: int) -> Lease:
    """Turn an offer into the lease of its server; raises StateChanged when it is none any more.

    The key raises IntegrityError while the server has another lease.
    """
    done = db.execute(
        update(leases)
        .where(leases.c.id == lease_id, leases.c.state == State.HELD)
        .where(leases.c.offer_until.is_not(None))
        .values(offer_until=None)
    )
    if done.rowcount != 1:
        raise StateChanged(f"lease {lease_id} is no longer an offer")
    crashes.here("lease.offer-claimed")
    lease = load_lease(db, lease_id)
    _take_server(db, lease.person_id, lease.server, lease_id)
    return lease


def find_offer(db: Connection, user: str, server: str) -> Lease | None:
    """Load the offer that stands for one server; None if there is none."""
    mine = (people.c.name == user) & (leases.c.server == server)
    stands = (leases.c.state == State.HELD) & leases.c.offer_until.is_not(None)
    found = _load(db, mine & stands)
    return found[0] if found else None


def activate(
    db: Connection,
    lease_id: int,
    now: datetime,
    boot: BootTime,
    zone: ZoneInfo,
    minimum_run: timedelta = timedelta(),
) -> Lease:
    """Say that the server answered: time and charges count from now.

    A loan may be taken back once it has had its minimum run.
    """
    lease = load_lease(db, lease_id)
    ends = now + lease.duration
    sure = min(now + minimum_run, ends) if lease.loan else ends
    _step(db, lease_id, State.ACTIVE, active_at=now, expires_at=ends, guaranteed_until=sure)
    crashes.here("lease.activated")
    lease = load_lease(db, lease_id)
    ledger.begin_meter(db, lease, now, boot, zone)
    serve_ticket(db, lease, now)
    return lease


def begin_closing(db: Connection, lease_id: int, reason: EndReason, now: datetime) -> bool:
    """Begin to end a lease; False if that had begun or was done before."""
    lease, before = load_lease(db, lease_id), allowed_before(State.CLOSING)
    done = db.execute(
        update(leases)
        .where(leases.c.id == lease_id, leases.c.state.in_(before))
        .values(state=State.CLOSING, closing_at=now, end_reason=reason)
    )
    crashes.here("lease.closing")
    if done.rowcount == 1:
        tell_end(db, lease, reason, now)
    return bool(done.rowcount == 1)


def finish_closing(
    db: Connection, lease_id: int, now: datetime, boot: BootTime, zone: ZoneInfo
) -> Lease | None:
    """Free the slots and settle the cost, once; None if that was done before.

    To be called only when the engine said that the container is gone.
    """
    lease = load_lease(db, lease_id)
    if lease.state is State.CLOSED:
        return None
    _step(db, lease_id, State.CLOSED, closed_at=now, note="")
    crashes.here("lease.closed")
    db.execute(delete(lease_slots).where(lease_slots.c.lease_id == lease_id))
    crashes.here("lease.slots-freed")
    db.execute(delete(lease_servers).where(lease_servers.c.lease_id == lease_id))
    crashes.here("lease.server-freed")
    ledger.settle(db, lease, now, boot, zone)
    give_back_ticket(db, lease, now)
    return load_lease(db, lease_id)


def set_note(db: Connection, lease_id: int, note: str) -> None:
    """Say why a lease is not where it should be; "" when nothing is odd."""
    db.execute(update(leases).where(leases.c.id == lease_id).values(note=note))
    crashes.here("lease.noted")


def load_lease(db: Connection, lease_id: int) -> Lease:
    """Load one lease; raises NotFound."""
    found = _load(db, leases.c.id == lease_id) if 0 < lease_id <= LARGEST_ID else []
    if not found:
        raise NotFound(f"{lease_id}: there is no lease of that number")
    return found[0]


def load_open(db: Connection) -> list[Lease]:
    """Load every lease that is not closed, oldest first."""
    return _load(db, leases.c.state != State.CLOSED)


def load_all(db: Connection) -> list[Lease]:
    """Load every lease there ever was, oldest first."""
    return _load(db, leases.c.id > 0)


def load_open_of(db: Connection, person: Person) -> tuple[Lease, ...]:
    """Load a person's open leases."""
    mine = (leases.c.person_id == person.id) & (leases.c.state != State.CLOSED)
    return tuple(_load(db, mine))


def find_open(db: Connection, user: str, server: str) -> Lease | None:
    """Load the open lease of one server, offers left aside; None if it has none."""
    mine = (people.c.name == user) & (leases.c.server == server)
    stands = (leases.c.state != State.CLOSED) & leases.c.offer_until.is_(None)
    found = _load(db, mine & stands)
    return found[0] if found else None


def _take_server(db: Connection, person_id: int, server: str, lease_id: int) -> None:
    db.execute(insert(lease_servers).values(person_id=person_id, server=server, lease_id=lease_id))
    crashes.here("lease.server-taken")


def _step(db: Connection, lease_id: int, target: State, **values: object) -> None:
    done = db.execute(
        update(leases)
        .where(leases.c.id == lease_id, leases.c.state.in_(allowed_before(target)))
        .values(state=target, **values)
    )
    if done.rowcount != 1:
        raise StateChanged(f"lease {lease_id} can't become {target}: somebody else moved it first")


def _load(db: Connection, where) -> list[Lease]:  # type: ignore[no-untyped-def]  # SQL expression
    rows = db.execute(
        select(leases, people.c.name.label("user"))
        .join(people, people.c.id == leases.c.person_id)
        .where(where)
        .order_by(leases.c.id)
    ).all()
    slots = _slots(db, [row.id for row in rows])
    return [_lease(row, slots.get(row.id, ())) for row in rows]


def _slots(db: Connection, ids: Sequence[int]) -> dict[int, tuple[SlotRange, ...]]:
    if not ids:
        return {}
    query = select(lease_places).order_by(lease_places.c.gpu_uuid, lease_places.c.slot)
    if len(ids) <= 500:
        query = query.where(lease_places.c.lease_id.in_(ids))
    by_lease: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in db.execute(query):
        by_lease[row.lease_id][row.gpu_uuid].append(row.slot)
    return {lease_id: _ranges(parts.items()) for lease_id, parts in by_lease.items()}


def _ranges(parts: Iterable[tuple[str, list[int]]]) -> tuple[SlotRange, ...]:
    return tuple(SlotRange(uuid, tuple(slots)) for uuid, slots in parts)


def _lease(row: Row, slots: tuple[SlotRange, ...]) -> Lease:  # type: ignore[type-arg]
    return Lease(
        id=row.id,
        person_id=row.person_id,
        user=row.user,
        server=row.server,
        account=row.account,
        profile=row.profile,
        state=State(row.state),
        node=row.node,
        slots=slots,
        share=row.share,
        parts=row.parts,
        cpus=row.cpus,
        memory_mib=row.memory_mib,
        duration=row.duration,
        opened_at=row.opened_at,
        active_at=row.active_at,
        expires_at=row.expires_at,
        closing_at=row.closing_at,
        closed_at=row.closed_at,
        end_reason=EndReason(row.end_reason) if row.end_reason else None,
        guaranteed_until=row.guaranteed_until,
        loan=row.loan,
        note=row.note,
        ticket_id=row.ticket_id,
        offer_until=row.offer_until,
        reservation_id=row.reservation_id,
        keep_going=row.keep_going,
        visited_at=row.visited_at,
        reclaim_at=row.reclaim_at,
    )
