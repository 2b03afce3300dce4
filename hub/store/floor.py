"""Load the whole station at one moment: a few queries, however many wait."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select

from hub.policy.floor import Floor
from hub.policy.leases import State
from hub.store.ceilings import load_demands, load_guarantees, load_priorities
from hub.store.gpus import load_gpus, load_taken
from hub.store.queue import load_groups, load_queue
from hub.store.reservations import load_occurrences
from hub.store.schema import leases
from hub.store.terms import Terms


def load_floor(db: Connection, terms: Terms, now: datetime) -> Floor:
    """Take the station as it stands in one transaction."""
    gpus = load_gpus(db)
    nominal = sum(gpu.parts(gpu.slots) for gpu in gpus)
    priorities = load_priorities(db)
    windows = load_occurrences(db, now)
    groups = load_groups(db) if windows else {}
    return Floor(
        now=now,
        gpus=gpus,
        taken=load_taken(db),
        node=terms.node,
        profiles=terms.profiles,
        guarantees=load_guarantees(db),
        demands=load_demands(db),
        occurrences=windows,
        queue=load_queue(db, now, terms.rules, nominal, priorities, groups),
        servers=_servers(db),
        rules=terms.rules,
    )


def _servers(db: Connection) -> Mapping[str, int]:
    """Count the servers of each account; one that an offer will replace counts once with it."""
    server = (leases.c.account, leases.c.person_id, leases.c.server)
    each = select(*server).where(leases.c.state != State.CLOSED).distinct().subquery()
    rows = db.execute(select(each.c.account, func.count()).group_by(each.c.account))
    return {row[0]: row[1] for row in rows}
