"""Load what a month came to: ledger and sums for what was had, leases and tickets for the rest."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from hub.policy.ceilings import GUARANTEE
from hub.policy.people import SITE
from hub.policy.statement import Statement, lent_by
from hub.policy.tickets import TicketState
from hub.policy.windows import begin_of
from hub.store.entries import CHARGE, CORRECTION, ON_LOAN, OVERRUN
from hub.store.ledger_schema import day_sums, ledger, meters
from hub.store.schema import ceilings, groups, leases
from hub.store.waiting_schema import tickets
from hub.units import PARTS, to_parts

MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Month:
    """A calendar month in the station's zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """Give the moment it begins."""
        return begin_of(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """Give the moment the next one begins."""
        return begin_of(self.last + timedelta(days=1), self.zone)


@dataclass
class _Waits:
    """Of one account's tickets: how many, how long, and what those never served asked for."""

    tickets: int = 0
    waited: timedelta = timedelta()
    asked: int = 0


def load_statements(
    db: Connection, accounts: Sequence[str], month: Month, now: datetime
) -> list[Statement]:
    """Load the statements of accounts, each made of the same few sums over the month."""
    settled = _settled(db, month)
    corrections = _entries(db, month, CORRECTION)
    overrun = _entries(db, month, OVERRUN)
    borrowed = _entries(db, month, CHARGE, ON_LOAN)
    lent = lent_by(borrowed, _guarantees(db))
    asked, wasted = _leases(db, month)
    waits = _waits(db, month, now)
    return [
        Statement(
            account=account,
            first=month.first,
            got=settled[account] - corrections[account] - overrun[account],
            asked=asked[account] + waits[account].asked,
            tickets=waits[account].tickets,
            waited=waits[account].waited,
            wasted=wasted[account],
            lent=lent.get(account, 0),
            borrowed=borrowed[account],
            corrections=corrections[account],
            overrun=overrun[account],
        )
        for account in accounts
    ]


def _settled(db: Connection, month: Month) -> Counter[str]:
    """Sum each group's days; what of the site's belongs to no group is the account site's."""
    scopes = [f"group:{name}" for name in db.execute(select(groups.c.name)).scalars()]
    rows = db.execute(
        select(day_sums.c.scope, func.sum(day_sums.c.settled_ms))
        .where(day_sums.c.scope.in_([*scopes, SITE]))
        .where(day_sums.c.day.between(month.first, month.last))
        .group_by(day_sums.c.scope)
    )
    sums = Counter({scope: int(settled) for scope, settled in rows})
    sums[SITE] -= sum(sums[scope] for scope in scopes)
    return sums


def _entries(db: Connection, month: Month, kind: str, note: str | None = None) -> Counter[str]:
    """Sum the month's rows of one kind by account; no row is older than the day it counts for."""
    query = (
        select(ledger.c.account, func.sum(ledger.c.gpu_ms))
        .where(ledger.c.kind == kind, ledger.c.day.between(month.first, month.last))
        .group_by(ledger.c.account)
    )
    if kind != CORRECTION:
        query = query.where(ledger.c.at >= month.since - timedelta(days=2))
    else:
        query = query.where(ledger.c.lease_id.is_(None))
    if note is not None:
        query = query.where(ledger.c.note == note)
    return Counter({account: int(total) for account, total in db.execute(query)})


def _guarantees(db: Connection) -> dict[str, int]:
    query = select(ceilings.c.scope, ceilings.c.milli).where(ceilings.c.kind == GUARANTEE)
    return {row.scope: row.milli for row in db.execute(query)}


def _leases(db: Connection, month: Month) -> tuple[Counter[str], Counter[str]]:
    """Sum what the leases opened in the month asked for, and what of their time was idle."""
    asked: Counter[str] = Counter()
    wasted: Counter[str] = Counter()
    rows = db.execute(
        select(
            leases.c.account, leases.c.parts, leases.c.duration, meters.c.run_ms, meters.c.busy_ms
        )
        .outerjoin(meters, meters.c.lease_id == leases.c.id)
        .where(leases.c.opened_at >= month.since, leases.c.opened_at < month.until)
    )
    for account, parts, duration, run_ms, busy_ms in rows:
        asked[account] += parts * (duration // MS) // PARTS
        wasted[account] += parts * max((run_ms or 0) - (busy_ms or 0), 0) // PARTS
    return asked, wasted


def _waits(db: Connection, month: Month, now: datetime) -> defaultdict[str, _Waits]:
    found: defaultdict[str, _Waits] = defaultdict(_Waits)
    t = tickets.c
    rows = db.execute(
        select(t.account, t.gpus, t.duration, t.asked_at, t.state, t.closed_at, leases.c.opened_at)
        .outerjoin(leases, leases.c.id == t.lease_id)
        .where(t.asked_at >= month.since, t.asked_at < month.until)
    )
    for row in rows:
        waits = found[row.account]
        served = row.state == TicketState.SERVED
        end = row.opened_at if served and row.opened_at else row.closed_at or now
        waits.tickets += 1
        waits.waited += max(end - row.asked_at, timedelta())
        waits.asked += 0 if served else to_parts(row.gpus) * (row.duration // MS) // PARTS
    return found
