"""Quotas as rows: one value for each scope and kind."""

from sqlalchemy import Connection, delete, insert, select, update

from hub.policy.ceilings import GUARANTEE, ISOLATION, ISOLATIONS, PRIORITY, Ceilings, Quota
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


def load_guarantees(db: Connection) -> dict[str, int]:
    """Load the guarantee of every account that has one, in parts of a GPU, as set."""
    rows = _load_kind(db, GUARANTEE).items()
    return {scope: to_parts(from_milli(milli)) for scope, milli in rows if milli > 0}


def load_demands(db: Connection) -> dict[str, Isolation]:
    """Load the wall each account demands; the site's stands for accounts that set none."""
    rows = _load_kind(db, ISOLATION).items()
    return {scope: ISOLATIONS[milli // MILLI] for scope, milli in rows}


def load_priorities(db: Connection) -> dict[str, int]:
    """Load the priority of every account that has one."""
    return {scope: milli // MILLI for scope, milli in _load_kind(db, PRIORITY).items()}


def _load_kind(db: Connection, kind: str) -> dict[str, int]:
    rows = db.execute(
        select(ceilings.c.scope, ceilings.c.milli)
        .where(ceilings.c.kind == kind)
        .order_by(ceilings.c.scope)
    )
    return {row.scope: row.milli for row in rows}
