"""Reservations as rows, and the windows of each that were made so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from hub.errors import NotFound
from hub.policy.reservations import MADE_AHEAD, Occurrence, Reservation, Series
from hub.policy.reserving import Window
from hub.store.leases import LARGEST_ID
from hub.store.waiting_schema import occurrences, reservations

HORIZON = MADE_AHEAD


@dataclass(frozen=True)
class NewReservation:
    """What a reservation is stored from."""

    account: str
    parts: int
    series: Series
    title: str
    made_by: str


def add_reservation(db: Connection, new: NewReservation, now: datetime) -> Reservation:
    """Store a reservation; its windows are made by `make_occurrences`."""
    series = new.series
    number = db.execute(
        insert(reservations).values(
            account=new.account,
            parts=new.parts,
            zone=series.zone,
            since_local=series.since.isoformat(),
            until_local=series.until.isoformat(),
            rrule=series.rrule,
            excluded=" ".join(wall.isoformat() for wall in series.excluded),
            title=new.title,
            made_by=new.made_by,
            made_at=now,
            made_until=None,
        )
    ).inserted_primary_key[0]  # type: ignore[index]  # an insert always has one
    return Reservation(number, new.account, new.parts, series, new.title, new.made_by)


def remove_reservation(db: Connection, number: int, now: datetime) -> Reservation:
    """Take a reservation back, with its windows that are not over; raises NotFound."""
    found = load_reservation(db, number)
    db.execute(update(reservations).where(reservations.c.id == number).values(removed_at=now))
    coming = (occurrences.c.reservation_id == number) & (occurrences.c.until > now)
    db.execute(delete(occurrences).where(coming))
    return found


def load_reservation(db: Connection, number: int) -> Reservation:
    """Load one that was not removed; raises NotFound."""
    if 0 < number <= LARGEST_ID:
        row = db.execute(_standing().where(reservations.c.id == number)).first()
        if row is not None:
            return _reservation(row)
    raise NotFound(f"{number}: there is no reservation of that number")


def load_reservations(db: Connection, account: str | None = None) -> list[Reservation]:
    """Load every one that was not removed, or an account's, oldest first."""
    query = _standing() if account is None else _standing().where(reservations.c.account == account)
    return [_reservation(row) for row in db.execute(query)]


def load_occurrences(
    db: Connection, now: datetime, horizon: timedelta = HORIZON
) -> tuple[Occurrence, ...]:
    """Load the windows that are not over and begin within the horizon, by their beginning."""
    rows = db.execute(
        select(
            occurrences.c.reservation_id,
            reservations.c.account,
            reservations.c.parts,
            occurrences.c.since,
            occurrences.c.until,
        )
        .join(reservations, reservations.c.id == occurrences.c.reservation_id)
        .where(occurrences.c.until > now, occurrences.c.since < now + horizon)
        .order_by(occurrences.c.since, occurrences.c.reservation_id)
    )
    return tuple(Occurrence(*row) for row in rows)


def load_unmade(db: Connection, until: datetime) -> list[Reservation]:
    """Load those whose windows were not made up to that time."""
    made = reservations.c.made_until
    rows = db.execute(_standing().where((made < until) | made.is_(None)))
    return [_reservation(row) for row in rows]


def make_occurrences(
    db: Connection, number: int, windows: Iterable[Window], until: datetime
) -> int:
    """Store windows of a reservation that are not there yet, all that begin before `until`.

    Gives how many were new. Does nothing for one that was removed meanwhile.
    """
    standing = (reservations.c.id == number) & reservations.c.removed_at.is_(None)
    if db.execute(update(reservations).where(standing).values(made_until=until)).rowcount != 1:
        return 0
    there = set(_beginnings(db, number))
    new = [
        {"reservation_id": number, "since": window.since, "until": window.until}
        for window in windows
        if window.since not in there
    ]
    if new:
        db.execute(insert(occurrences), new)
    return len(new)


def _beginnings(db: Connection, number: int) -> Sequence[datetime]:
    query = select(occurrences.c.since).where(occurrences.c.reservation_id == number)
    return db.execute(query).scalars().all()


def _standing() -> Select[Any]:
    return (
        select(reservations).where(reservations.c.removed_at.is_(None)).order_by(reservations.c.id)
    )


def _reservation(row: Row) -> Reservation:  # type: ignore[type-arg]
    series = Series(
        since=datetime.fromisoformat(row.since_local),
        until=datetime.fromisoformat(row.until_local),
        zone=row.zone,
        rrule=row.rrule,
        excluded=tuple(datetime.fromisoformat(text) for text in row.excluded.split()),
    )
    return Reservation(row.id, row.account, row.parts, series, row.title, row.made_by)
