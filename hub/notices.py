"""What people are told: notices of a lease's end, and what became of their requests."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from hub.extending import WENT_ON, why_not_kept
from hub.house import House
from hub.policy.leases import Lease
from hub.policy.notices import DueNotice, due_notices, still_true
from hub.store import asks, leases
from hub.store import notices as rows
from hub.store.notices import Notice
from hub.store.people import load_person

KEPT = timedelta(days=30)
SHOWN = timedelta(days=1)
"""How long a notice is shown after it was given, when nobody says otherwise."""

MOVED = (WENT_ON, "shortened")
DECIDED = ("request-granted", "request-refused")


def give_due(house: House, now: datetime) -> list[DueNotice]:
    """Give every notice that is due and was not given; gives those that are new."""
    with house.database.read() as db:
        due = due_notices(leases.load_open(db), now)
        if all(rows.was_given(db, subject_of(d.lease), d.kind, d.until) for d in due):
            return []
    with house.database.write() as db:
        due = due_notices(leases.load_open(db), now)
        return [notice for notice in due if _give(db, house, notice, now)]


def tidy(house: House, now: datetime) -> None:
    """Forget what was said long ago, and close the requests of leases that run no more."""
    with house.database.write() as db:
        rows.forget_before(db, now - KEPT)
        asks.lapse_ended(db, now)


def load_notices(
    house: House, user: str, now: datetime, since: datetime | None = None
) -> list[Notice]:
    """Load what a person was told from a moment on, newest first; raises NotFound."""
    with house.database.read() as db:
        return rows.load_of(db, load_person(db, user).id, since or now - SHOWN)


def load_about_lease(house: House, lease_id: int) -> list[Notice]:
    """Load what was said about one lease, newest first."""
    with house.database.read() as db:
        return rows.load_about(db, f"lease:{lease_id}")


def find_for_notebook(house: House, lease: Lease, now: datetime) -> Notice | None:
    """Find the newest thing to say in a running server that its time left does not say itself."""
    with house.database.read() as db:
        told = rows.load_about(db, subject_of(lease))
    found = (n for n in told if n.at > now - SHOWN and _for_notebook(n, lease, now))
    return next(found, None)


def subject_of(lease: Lease) -> str:
    """Name a lease as the subject of a notice."""
    return f"lease:{lease.id}"


def _for_notebook(notice: Notice, lease: Lease, now: datetime) -> bool:
    if notice.kind in DECIDED:
        return True
    told = notice.kind in MOVED or (notice.kind.startswith("expires-") and bool(notice.why))
    return told and still_true(notice.kind, notice.until, lease, now)


def _give(db: Connection, house: House, due: DueNotice, now: datetime) -> bool:
    """Say it once; with why a server that is to keep going does not."""
    lease = due.lease
    if rows.was_given(db, subject_of(lease), due.kind, due.until):
        return False
    asks_why = lease.keep_going and lease.parts and due.until == lease.expires_at
    why = why_not_kept(db, house, lease, now) if asks_why else ()
    return rows.add_notice(db, rows.about_lease(lease, due.kind, due.until, why), now)
