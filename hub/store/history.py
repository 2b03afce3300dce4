"""What was asked of the station since a day, and for how long it ran; refusals leave no row."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, select

from hub.policy.ceilings import DEFAULT_PRIORITY, Ceilings, Quota
from hub.policy.floor import Floor
from hub.policy.forecast import MOST_PLAYS, Experience
from hub.policy.futures import REMEMBERED, suppose
from hub.policy.history import PastRequest
from hub.policy.leases import State
from hub.policy.reservations import Occurrence
from hub.policy.tickets import Queued, Standing, Ticket, TicketState
from hub.store.ceilings import load_claims
from hub.store.queue import load_usages
from hub.store.schema import ceilings, leases, people
from hub.store.waiting_schema import occurrences, reservations, tickets
from hub.units import from_milli

NOTHING = timedelta()
ENOUGH = 300
"""So many leases, the latest, tell how much of their time people use."""


LATELY = 2000
"""No more leases than so many, the latest, are looked at for it."""


def load_past(db: Connection, since: datetime, latest: int | None = None) -> list[PastRequest]:
    """Load every request for GPUs that was made from `since` on, in the order they were made.

    One that had to wait counts from then. An extended lease counts as if all had been asked at
    once; what a lease that still runs will use is not known. Cancelled tickets are left out.

    With `latest` only so many leases are looked at, however many there are.
    """
    found = [*_leases(db, since, latest), *_waiting(db, since)]
    return sorted(found, key=lambda request: (request.asked_at, request.name))


def _leases(db: Connection, since: datetime, latest: int | None) -> Iterator[PastRequest]:
    asked_at = func.coalesce(tickets.c.asked_at, leases.c.opened_at)
    rows = db.execute(
        select(
            leases.c.id,
            leases.c.person_id,
            people.c.name,
            leases.c.account,
            leases.c.profile,
            leases.c.share,
            leases.c.duration,
            leases.c.state,
            leases.c.opened_at,
            leases.c.active_at,
            leases.c.closing_at,
            leases.c.closed_at,
            tickets.c.asked_at,
        )
        .join(people, people.c.id == leases.c.person_id)
        .outerjoin(tickets, tickets.c.id == leases.c.ticket_id)
        .where(leases.c.parts > 0, asked_at >= since, *_among(latest))
        .order_by(leases.c.id)
    )
    for row in rows:
        ended = row.closing_at or row.closed_at
        if row.active_at is None and ended is not None:
            continue
        ran = max(ended - row.active_at, NOTHING) if ended is not None else None
        asked = max(row.duration, ran) if ran is not None else row.duration
        yield PastRequest(
            name=f"lease-{row.id}",
            person_id=row.person_id,
            user=row.name,
            account=row.account,
            profile=row.profile,
            gpus=row.share,
            asked_at=row.asked_at or row.opened_at,
            duration=asked,
            ran=ran,
        )


def _among(latest: int | None) -> list[ColumnElement[bool]]:
    if latest is None:
        return []
    newest = select(func.max(leases.c.id)).scalar_subquery()
    return [leases.c.id > newest - latest]


def _waiting(db: Connection, since: datetime) -> Iterator[PastRequest]:
    t = tickets.c
    rows = db.execute(
        select(
            t.id, t.person_id, people.c.name, t.account, t.profile, t.gpus, t.asked_at, t.duration
        )
        .join(people, people.c.id == t.person_id)
        .where(t.state == TicketState.WAITING, t.asked_at >= since)
        .order_by(t.id)
    )
    for number, *fields in rows:
        yield PastRequest(f"ticket-{number}", *fields)


def load_experience(db: Connection, floor: Floor) -> Experience:
    """Load what the forecast of a floor goes by.

    How much of their time the latest leases used, when the running ones began, and who came
    lately, with the usage they have today.
    """
    past = load_past(db, floor.now - REMEMBERED, LATELY)
    done = [request for request in past if request.ran is not None and request.duration > NOTHING]
    used = tuple(_part(request) for request in done[-ENOUGH:])
    began = func.coalesce(leases.c.active_at, leases.c.opened_at)
    running = db.execute(select(leases.c.id, began).where(leases.c.state != State.CLOSED))
    futures = suppose(_came(db, floor, past), floor.now, MOST_PLAYS)
    return Experience(used, {row[0]: row[1] for row in running}, futures)


def _part(request: PastRequest) -> float:
    return (request.ran or NOTHING) / request.duration


def _came(db: Connection, floor: Floor, past: Iterable[PastRequest]) -> list[Queued]:
    """Give past requests as tickets, with what their place would be decided by today."""
    priorities = load_claims(db).priorities
    usages = load_usages(db, floor.now, floor.rules, floor.nominal)
    return [
        Queued(
            _ticket(request),
            Standing(
                priorities.get(request.account, DEFAULT_PRIORITY),
                usages.get(request.person_id, 0.0),
            ),
        )
        for request in past
    ]


def _ticket(request: PastRequest) -> Ticket:
    return Ticket(
        id=0,
        person_id=request.person_id,
        user=request.user,
        server=request.name,
        account=request.account,
        gpus=request.gpus,
        duration=request.duration,
        asked_at=request.asked_at,
        profile=request.profile,
    )


def load_all_ceilings(db: Connection) -> Ceilings:
    """Load every quota there is, of every scope."""
    return {
        (row.scope, row.kind): Quota(from_milli(row.milli), row.window)
        for row in db.execute(select(ceilings))
    }


def load_windows(db: Connection, since: datetime) -> tuple[Occurrence, ...]:
    """Load every reserved window that was not over at a moment, whatever came of it since."""
    rows = db.execute(
        select(
            reservations.c.id,
            reservations.c.account,
            reservations.c.parts,
            occurrences.c.since,
            occurrences.c.until,
        )
        .join(occurrences, occurrences.c.reservation_id == reservations.c.id)
        .where(occurrences.c.until > since, reservations.c.removed_at.is_(None))
        .order_by(occurrences.c.since, reservations.c.id)
    )
    return tuple(Occurrence(*row) for row in rows)
