"""Wrong passwords, counted for each account and address together."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from hub.store.schema import log_in_failures

WINDOW = timedelta(minutes=15)


def load_failures(
    db: Connection, account: str, address: str, now: datetime
) -> tuple[int, datetime | None]:
    """Count the failures of this pair in its window, and say when that window ends."""
    row = db.execute(select(log_in_failures).where(_pair(account, address))).first()
    if row is None or row.first_at + WINDOW <= now:
        return 0, None
    return row.failures, row.first_at + WINDOW


def add_failure(db: Connection, account: str, address: str, now: datetime) -> None:
    """Count one more; a window that has ended begins anew."""
    failures, _ = load_failures(db, account, address, now)
    if failures:
        values: dict[str, object] = {"failures": failures + 1}
        db.execute(update(log_in_failures).where(_pair(account, address)).values(**values))
        return
    clear_failures(db, account, address)
    db.execute(delete(log_in_failures).where(log_in_failures.c.first_at < now - 4 * WINDOW))
    db.execute(
        insert(log_in_failures).values(account=account, address=address, failures=1, first_at=now)
    )


def clear_failures(db: Connection, account: str, address: str) -> None:
    """Forget this pair's failures."""
    db.execute(delete(log_in_failures).where(_pair(account, address)))


def _pair(account: str, address: str):  # type: ignore[no-untyped-def]  # SQL expression
    return (log_in_failures.c.account == account) & (log_in_failures.c.address == address)
