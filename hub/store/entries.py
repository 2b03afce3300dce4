"""Rows of the ledger and the sums by day that are written with them, in one transaction.

Nothing here changes or removes a row; what was wrong is put right by a new one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from hub import crashes
from hub.policy.budgets import DaySum, Sums
from hub.policy.meters import decayed
from hub.policy.people import SITE
from hub.policy.rules import Rules
from hub.store.ledger_schema import day_sums, fair_shares, ledger

CHARGE = "charge"
OVERRUN = "overrun"
CORRECTION = "correction"
ON_LOAN = "loan"
"""The note of a charge for time in which the GPU was lent out of others' guarantees."""


@dataclass(frozen=True)
class Entry:
    """One row to be; `person` is (id, name), None for what belongs to nobody."""

    kind: str
    day: date
    gpu_ms: int
    account: str
    person: tuple[int, str] | None
    lease_id: int | None = None
    seq: int = 0
    actor: str = ""
    note: str = ""


def write_entry(db: Connection, entry: Entry, at: datetime) -> None:
    """Write one row and the sums it belongs to; the row's key refuses it a second time."""
    db.execute(
        insert(ledger).values(
            at=at,
            day=entry.day,
            kind=entry.kind,
            lease_id=entry.lease_id,
            seq=entry.seq,
            person_id=entry.person[0] if entry.person else None,
            account=entry.account,
            gpu_ms=entry.gpu_ms,
            actor=entry.actor,
            note=entry.note,
        )
    )
    crashes.here("ledger.row-written")
    if not entry.gpu_ms:
        return
    for scope in scopes_of(entry.account, entry.person[1] if entry.person else None):
        add_to_day(db, scope, entry.day, settled_ms=entry.gpu_ms)
    if entry.person is not None:
        _add_share(db, entry.person[0], entry.gpu_ms, at)
        crashes.here("ledger.share-added")


def scopes_of(account: str, user: str | None) -> list[str]:
    """List the scopes whose sums an amount belongs to, each once."""
    own = [] if user is None else [f"user:{user}"]
    return list(dict.fromkeys((*own, account, SITE)))


def add_to_day(db: Connection, scope: str, day: date, **amounts: int) -> None:
    """Add to the sums of one scope on one day: settled_ms, held_ms or leases."""
    where = (day_sums.c.scope == scope) & (day_sums.c.day == day)
    more = {name: day_sums.c[name] + amount for name, amount in amounts.items()}
    if db.execute(update(day_sums).where(where).values(**more)).rowcount == 0:
        db.execute(insert(day_sums).values(scope=scope, day=day, **amounts))
    crashes.here("ledger.day-added")


def load_sums(db: Connection, scopes: Iterable[str], first: date, last: date) -> Sums:
    """Load the sums of scopes by day, from the first day to the last."""
    rows = db.execute(
        select(day_sums.c.scope, day_sums.c.day, day_sums.c.settled_ms, day_sums.c.held_ms).where(
            day_sums.c.scope.in_(list(scopes)), day_sums.c.day.between(first, last)
        )
    )
    return {(scope, day): DaySum(settled, held) for scope, day, settled, held in rows}


def _add_share(db: Connection, person_id: int, gpu_ms: int, at: datetime) -> None:
    where = fair_shares.c.person_id == person_id
    row = db.execute(select(fair_shares.c.gpu_ms, fair_shares.c.at).where(where)).first()
    if row is None:
        first = {"person_id": person_id, "gpu_ms": float(max(gpu_ms, 0)), "at": at}
        db.execute(insert(fair_shares).values(**first))
        return
    share = max(decayed(row.gpu_ms, row.at, at, Rules.half_life) + gpu_ms, 0.0)
    values = {"gpu_ms": share, "at": max(row.at, at)}
    db.execute(update(fair_shares).where(where).values(**values))
