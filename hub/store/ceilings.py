"""Quotas as rows: one value for each scope and kind."""

from fractions import Fraction

from sqlalchemy import Connection, delete, insert, select, update

from hub.policy.ceilings import Ceilings
from hub.policy.people import SITE, Person
from hub.store.schema import ceilings
from hub.units import from_milli, to_milli


def set_ceiling(db: Connection, scope: str, kind: str, value: Fraction | None) -> None:
    """Set one value, or remove it with None."""
    where = (ceilings.c.scope == scope) & (ceilings.c.kind == kind)
    if value is None:
        db.execute(delete(ceilings).where(where))
        return
    milli = to_milli(value)
    if db.execute(update(ceilings).where(where).values(milli=milli)).rowcount == 0:
        db.execute(insert(ceilings).values(scope=scope, kind=kind, milli=milli))


def load_scope(db: Connection, scope: str) -> dict[str, Fraction]:
    """Load what is set at one scope itself."""
    rows = db.execute(select(ceilings).where(ceilings.c.scope == scope)).all()
    return {row.kind: from_milli(row.milli) for row in rows}


def load_for(db: Connection, person: Person) -> Ceilings:
    """Load everything that could apply to a person."""
    scopes = [SITE, f"user:{person.name}", *(f"group:{group}" for group in person.groups)]
    rows = db.execute(select(ceilings).where(ceilings.c.scope.in_(scopes))).all()
    return {(row.scope, row.kind): from_milli(row.milli) for row in rows}


def anything_set(db: Connection) -> bool:
    """Say whether any quota was ever set and still stands."""
    return db.execute(select(ceilings.c.scope).limit(1)).first() is not None
