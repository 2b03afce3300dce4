"""Load the whole station at one moment: a few queries, however many wait."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select

from hub.policy.floor import Floor
from hub.policy.leases import State
from hub.store.ceilings import load_claims
from hub.store.holdings import load_holdings
from hub.store.queue import load_groups, load_queue
from hub.store.reservations import load_occurrences
from hub.store.schema import leases
from hub.store.terms import Terms


def load_floor(db: Connection, terms: Terms, now: datetime) -> Floor:
    """Take the station as it stands in one transaction."""
    claims, holdings = load_claims(db), load_holdings(db)
    windows = load_occurrences(db, now)
    groups = load_groups(db) if windows else {}
    nominal = holdings.fleet.nominal
    return Floor(
        now=now,
        gpus=holdings.fleet.gpus,
        taken=holdings.taken,
        node=terms.node,
        profiles=terms.profiles,
        guarantees=claims.guarantees,
        demands=claims.demands,
        occurrences=windows,
        queue=load_queue(db, now, terms.rules, nominal, claims.priorities, groups),
        servers=_servers(db) if claims.total_servers else {},
        rules=terms.rules,
        reading=holdings,
    )


def _servers(db: Connection) -> Mapping[str, int]:
    """Count the servers of each account; one that an offer will replace counts once with it."""
    server = (leases.c.account, leases.c.person_id, leases.c.server)
    each = select(*server).where(leases.c.state != State.CLOSED).distinct().subquery()
    rows = db.execute(select(each.c.account, func.count()).group_by(each.c.account))
    return {row[0]: row[1] for row in rows}
