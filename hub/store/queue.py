"""Everybody who waits, with what decides their place, in one query."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Text, select, type_coerce

from hub.policy.ceilings import DEFAULT_PRIORITY
from hub.policy.rules import Rules
from hub.policy.tickets import Queued, Standing, Ticket, TicketState
from hub.store.columns import EPOCH, MICROSECOND, instant
from hub.store.ledger_schema import fair_shares
from hub.store.schema import members, people
from hub.store.waiting_schema import tickets
from hub.units import PARTS

WINDOW = timedelta(days=7)
"""Usage is told over what all GPUs could give in this time."""

t = tickets.c
COLUMNS = (
    t.id,
    t.person_id,
    people.c.name,
    t.server,
    t.account,
    type_coerce(t.gpus, Text),
    type_coerce(t.duration, BigInteger),
    type_coerce(t.asked_at, BigInteger),
    t.profile,
    t.preemptible,
    t.auto_start,
    type_coerce(t.not_before, BigInteger),
    t.passes,
    t.ahead_of,
    t.behind,
    t.hindered,
    t.position,
)
"""A waiting ticket as it is stored; what it was last told is left out."""

NAMES = (
    *("id", "person_id", "user", "server", "account", "gpus", "duration", "asked_at", "profile"),
    *("preemptible", "auto_start", "not_before", "passes", "ahead_of", "behind", "hindered"),
    "position",
)
ACCOUNT = NAMES.index("account")

SHARES = select(
    fair_shares.c.person_id, fair_shares.c.gpu_ms, type_coerce(fair_shares.c.at, BigInteger)
)
"""What people were charged, each as one sum with its time as it is stored."""


def load_groups(db: Connection) -> dict[int, tuple[str, ...]]:
    """Load the groups of everybody who waits, by person."""
    waiting = select(t.person_id).where(t.state == TicketState.WAITING)
    rows = db.execute(
        select(members.c.person_id, members.c.group_name)
        .where(members.c.person_id.in_(waiting))
        .order_by(members.c.joined_at)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for person_id, group in rows.all():
        found[person_id].append(group)
    return {person_id: tuple(groups) for person_id, groups in found.items()}


def load_queue(
    db: Connection,
    now: datetime,
    rules: Rules,
    nominal: int,
    priorities: Mapping[str, int],
    groups: Mapping[int, tuple[str, ...]],
) -> tuple[Queued, ...]:
    """Load every waiting ticket.

    `nominal` are the parts of all GPUs, `priorities` by account, `groups` by person where a
    reserved window may be on.
    """
    rows = db.execute(
        select(*COLUMNS, fair_shares.c.gpu_ms, type_coerce(fair_shares.c.at, BigInteger))
        .join(people, people.c.id == t.person_id)
        .outerjoin(fair_shares, fair_shares.c.person_id == t.person_id)
        .where(t.state == TicketState.WAITING)
        .order_by(t.id)
    )
    usage_of = _usages(now, rules, nominal)
    found = []
    for *stored, gpu_ms, at in rows.all():
        usage = usage_of(gpu_ms, at)
        priority = priorities.get(stored[ACCOUNT], DEFAULT_PRIORITY)
        ticket = _ticket(*stored)
        mine = groups.get(ticket.person_id, ())
        found.append(Queued(ticket, Standing(priority, usage), mine))
    return tuple(found)


@lru_cache(maxsize=4096)
def _ticket(*stored: Any) -> Ticket:
    """Make a ticket's record once: most rows are those of the last look."""
    row = dict(zip(NAMES, stored, strict=True))
    later = row.pop("not_before")
    return Ticket(
        gpus=Fraction(row.pop("gpus")),
        duration=timedelta(milliseconds=row.pop("duration")),
        asked_at=instant(row.pop("asked_at")),
        not_before=None if later is None else instant(later),
        **row,
    )


def load_usage_of(
    db: Connection, person_id: int, now: datetime, rules: Rules, nominal: int
) -> float:
    """Load one person's usage as it would count in the waiting list."""
    row = db.execute(SHARES.where(fair_shares.c.person_id == person_id)).first()
    return _usages(now, rules, nominal)(*row[1:]) if row else 0.0


def load_usages(db: Connection, now: datetime, rules: Rules, nominal: int) -> dict[int, float]:
    """Load the usage of everybody who ever used anything."""
    usage_of = _usages(now, rules, nominal)
    return {person: usage_of(gpu_ms, at) for person, gpu_ms, at in db.execute(SHARES)}


def _usages(
    now: datetime, rules: Rules, nominal: int
) -> Callable[[float | None, int | None], float]:
    """Make what lets a charge, stored with its time, fade to now, over what all GPUs could give."""
    moment, half_life = (now - EPOCH) // MICROSECOND, rules.half_life // MICROSECOND
    capacity = nominal * (WINDOW / timedelta(milliseconds=1)) / PARTS

    def usage_of(gpu_ms: float | None, at: int | None) -> float:
        if gpu_ms is None or at is None or not capacity:
            return 0.0
        faded: float = gpu_ms * 2.0 ** (-max(moment - at, 0) / half_life)
        return faded / capacity

    return usage_of


def anybody_waits(db: Connection) -> bool:
    """Say whether there is a waiting ticket at all."""
    waiting = select(t.id).where(t.state == TicketState.WAITING).limit(1)
    return db.execute(waiting).first() is not None


def judgement_is_due(db: Connection, before: datetime, now: datetime) -> bool:
    """Say whether somebody waits who was not judged since `before`, or at a time to come."""
    stale = t.judged_at.is_(None) | (t.judged_at <= before) | (t.judged_at > now)
    query = select(t.id).where(t.state == TicketState.WAITING, stale).limit(1)
    return db.execute(query).first() is not None
