"""Load the whole station at one moment: a few queries, however many wait."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from hub.policy.floor import Floor
from hub.policy.leases import State
from hub.policy.reservations import Occurrence
from hub.store.ceilings import load_demands, load_guarantees, load_priorities
from hub.store.gpus import load_gpus, load_taken
from hub.store.queue import load_queue
from hub.store.schema import leases
from hub.store.terms import Terms
from hub.store.waiting_schema import occurrences, reservations

HORIZON = timedelta(days=8)
"""How far ahead reserved windows are looked at; no lease is promised for longer at once."""


def load_floor(db: Connection, terms: Terms, now: datetime) -> Floor:
    """Take the station as it stands in one transaction."""
    gpus = load_gpus(db)
    nominal = sum(gpu.parts(gpu.slots) for gpu in gpus)
    priorities = load_priorities(db)
    return Floor(
        now=now,
        gpus=gpus,
        taken=load_taken(db),
        node=terms.node,
        profiles=terms.profiles,
        guarantees=load_guarantees(db),
        demands=load_demands(db),
        occurrences=_occurrences(db, now),
        queue=load_queue(db, now, terms.rules, nominal, priorities),
        servers=_servers(db),
        rules=terms.rules,
    )


def _occurrences(db: Connection, now: datetime) -> tuple[Occurrence, ...]:
    rows = db.execute(
        select(
            reservations.c.id,
            reservations.c.account,
            reservations.c.parts,
            occurrences.c.since,
            occurrences.c.until,
        )
        .join(occurrences, occurrences.c.reservation_id == reservations.c.id)
        .where(
            occurrences.c.until > now,
            occurrences.c.since < now + HORIZON,
            reservations.c.removed_at.is_(None),
        )
        .order_by(occurrences.c.since, reservations.c.id)
    )
    return tuple(Occurrence(*row) for row in rows)


def _servers(db: Connection) -> Mapping[str, int]:
    rows = db.execute(
        select(leases.c.account, func.count())
        .where(leases.c.state != State.CLOSED)
        .group_by(leases.c.account)
    )
    return {row[0]: row[1] for row in rows}
