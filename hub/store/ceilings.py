"""Quotas as rows: one value for each scope and kind."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from hub.policy.ceilings import (
    GUARANTEE,
    ISOLATION,
    ISOLATIONS,
    PRIORITY,
    TOTAL_SERVERS,
    Ceilings,
    Quota,
)
from hub.policy.gpus import Isolation
from hub.policy.people import SITE, Person
from hub.store.schema import ceilings
from hub.units import MILLI, from_milli, to_milli, to_parts


def set_ceiling(db: Connection, scope: str, kind: str, quota: Quota | None) -> None:
    """Set one value, or remove it with None."""
    where = (ceilings.c.scope == scope) & (ceilings.c.kind == kind)
    if quota is None:
        db.execute(delete(ceilings).where(where))
        return
    values = {"milli": to_milli(quota.value), "window": quota.window}
    if db.execute(update(ceilings).where(where).values(**values)).rowcount == 0:
        db.execute(insert(ceilings).values(scope=scope, kind=kind, **values))


def load_scope(db: Connection, scope: str) -> dict[str, Quota]:
    """Load what is set at one scope itself."""
    rows = db.execute(select(ceilings).where(ceilings.c.scope == scope)).all()
    return {row.kind: Quota(from_milli(row.milli), row.window) for row in rows}


def load_for(db: Connection, person: Person) -> Ceilings:
    """Load everything that could apply to a person."""
    scopes = [SITE, f"user:{person.name}", *(f"group:{group}" for group in person.groups)]
    rows = db.execute(select(ceilings).where(ceilings.c.scope.in_(scopes))).all()
    return {(row.scope, row.kind): Quota(from_milli(row.milli), row.window) for row in rows}


def anything_set(db: Connection) -> bool:
    """Say whether any quota was ever set and still stands."""
    return db.execute(select(ceilings.c.scope).limit(1)).first() is not None


@dataclass(frozen=True)
class Claims:
    """What accounts are set that everybody's decision looks at.

    Guarantees are in parts of a GPU, as set; of walls the site's stands for accounts that set none.
    """

    guarantees: Mapping[str, int]
    demands: Mapping[str, Isolation]
    priorities: Mapping[str, int]
    total_servers: bool
    """Whether anybody is set a total of servers."""


def load_claims(db: Connection) -> Claims:
    """Load what accounts are set, by account."""
    kinds = (GUARANTEE, ISOLATION, PRIORITY, TOTAL_SERVERS)
    rows = db.execute(
        select(ceilings.c.kind, ceilings.c.scope, ceilings.c.milli)
        .where(ceilings.c.kind.in_(kinds))
        .order_by(ceilings.c.scope)
    )
    found: dict[str, dict[str, int]] = {kind: {} for kind in kinds}
    for kind, scope, milli in rows:
        found[kind][scope] = milli
    return Claims(
        guarantees={a: to_parts(from_milli(n)) for a, n in found[GUARANTEE].items() if n > 0},
        demands={a: ISOLATIONS[n // MILLI] for a, n in found[ISOLATION].items()},
        priorities={a: n // MILLI for a, n in found[PRIORITY].items()},
        total_servers=bool(found[TOTAL_SERVERS]),
    )
