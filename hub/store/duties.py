"""Which of several stewards may act: one name, one holder, until a moment."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from hub.store.schema import duty_holders

STEWARD = "steward"
"""The duty of whoever acts as the station's steward."""


def hold(db: Connection, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take a duty, or keep it; False while another holds it. Inside a write transaction."""
    mine = (duty_holders.c.holder == holder) | (duty_holders.c.until <= now)
    done = db.execute(
        update(duty_holders)
        .where(duty_holders.c.name == name, mine)
        .values(holder=holder, until=until)
    )
    if done.rowcount == 1:
        return True
    if find_holder(db, name) is not None:
        return False
    db.execute(insert(duty_holders).values(name=name, holder=holder, until=until))
    return True


def let_go(db: Connection, name: str, holder: str) -> None:
    """Give a duty back; nothing happens when another holds it."""
    mine = (duty_holders.c.name == name) & (duty_holders.c.holder == holder)
    db.execute(delete(duty_holders).where(mine))


def latest_end(db: Connection) -> datetime | None:
    """Give the latest moment until which anybody was to act; None if nobody ever was."""
    return db.execute(select(func.max(duty_holders.c.until))).scalar()


def find_holder(db: Connection, name: str) -> tuple[str, datetime] | None:
    """Load who holds a duty and until when; None if nobody ever did, or it was given back."""
    row = db.execute(select(duty_holders).where(duty_holders.c.name == name)).first()
    return (row.holder, row.until) if row else None
