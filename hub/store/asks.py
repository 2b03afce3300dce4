"""What somebody asked of whoever may decide, as rows: one open for a lease, each decided once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, insert, select, update

from hub.errors import NotFound, StateChanged
from hub.policy.leases import Lease, State
from hub.store.schema import leases, people
from hub.store.waiting_schema import asks

EXTENSION = "extension"
OPEN = "open"
GRANTED = "granted"
REFUSED = "refused"
LAPSED = "lapsed"
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Request:
    """More time that somebody asked for, and what became of it."""

    id: int
    kind: str
    person_id: int
    user: str
    account: str
    lease_id: int
    more: timedelta
    state: str
    asked_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    note: str = ""


def ensure_open(db: Connection, lease: Lease, more: timedelta, now: datetime) -> Request:
    """Ask for more time for a lease; the same lease's open request stands, with the newest hours.

    To be called inside a write transaction: those come one by one.
    """
    open_one = (asks.c.lease_id == lease.id) & (asks.c.state == OPEN)
    found = _load(db, open_one)
    if found:
        if found[0].more != more:
            db.execute(update(asks).where(asks.c.id == found[0].id).values(duration=more))
        return load(db, found[0].id)
    added = db.execute(
        insert(asks).values(
            kind=EXTENSION,
            person_id=lease.person_id,
            account=lease.account,
            lease_id=lease.id,
            duration=more,
            state=OPEN,
            asked_at=now,
            note="",
        )
    )
    return load(db, added.inserted_primary_key[0])  # type: ignore[index]  # an insert has one


def decide(db: Connection, ask_id: int, state: str, by: str, note: str, now: datetime) -> Request:
    """Close an open request; raises StateChanged when it was decided before."""
    done = db.execute(
        update(asks)
        .where(asks.c.id == ask_id, asks.c.state == OPEN)
        .values(state=state, decided_at=now, decided_by=by, note=note)
    )
    if done.rowcount != 1:
        raise StateChanged(f"request {ask_id} was decided before")
    return load(db, ask_id)


def lapse_ended(db: Connection, now: datetime) -> int:
    """Close the open requests of leases that run no more; gives how many."""
    ended = select(leases.c.id).where(leases.c.state.in_((State.CLOSING, State.CLOSED)))
    done = db.execute(
        update(asks)
        .where(asks.c.state == OPEN, asks.c.lease_id.in_(ended))
        .values(state=LAPSED, decided_at=now, decided_by="steward")
    )
    return int(done.rowcount)


def load(db: Connection, ask_id: int) -> Request:
    """Load one request; raises NotFound."""
    found = _load(db, asks.c.id == ask_id) if 0 < ask_id <= LARGEST_ID else []
    if not found:
        raise NotFound(f"{ask_id}: there is no request of that number")
    return found[0]


def load_open(db: Connection) -> list[Request]:
    """Load every request that waits for a decision, oldest first."""
    return _load(db, asks.c.state == OPEN)


def load_all(db: Connection) -> list[Request]:
    """Load every request there ever was, oldest first."""
    return _load(db, asks.c.id > 0)


def find_latest(db: Connection, lease_id: int) -> Request | None:
    """Load the newest request of a lease, decided or not; None if nobody ever asked."""
    found = _load(db, asks.c.lease_id == lease_id)
    return found[-1] if found else None


def find_open(db: Connection, lease_id: int) -> Request | None:
    """Load the open request of a lease; None if it has none."""
    found = _load(db, (asks.c.lease_id == lease_id) & (asks.c.state == OPEN))
    return found[0] if found else None


def _load(db: Connection, where) -> list[Request]:  # type: ignore[no-untyped-def]  # SQL expression
    rows = db.execute(
        select(asks, people.c.name.label("user"))
        .join(people, people.c.id == asks.c.person_id)
        .where(where)
        .order_by(asks.c.id)
    ).all()
    return [_request(row) for row in rows]


def _request(row: Row) -> Request:  # type: ignore[type-arg]
    return Request(
        id=row.id,
        kind=row.kind,
        person_id=row.person_id,
        user=row.user,
        account=row.account,
        lease_id=row.lease_id,
        more=row.duration,
        state=row.state,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        note=row.note,
    )
