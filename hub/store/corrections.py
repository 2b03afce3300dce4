"""What a correction may take back, day by day, so that nobody's use becomes less than nothing."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from hub.policy.people import Person
from hub.store.entries import CORRECTION, Entry
from hub.store.ledger_schema import ledger

REACH = timedelta(days=366)
"""How far back less is taken from."""


def spread(
    db: Connection, person: Person, account: str, gpu_ms: int, today: date
) -> Mapping[date, int]:
    """Give what falls on which day: more on today, less on the newest days that have it.

    Sums to less than was asked when the person did not use that much.
    """
    if gpu_ms >= 0:
        return {today: gpu_ms}
    days: dict[date, int] = {}
    for day, used in _used(db, person, account, today):
        taken = min(used, -gpu_ms)
        if taken > 0:
            days[day] = -taken
            gpu_ms += taken
    return days


def entries_of(
    days: Mapping[date, int], person: Person, account: str, actor: str, note: str
) -> list[Entry]:
    """Make the rows of a correction."""
    whose = (person.id, person.name)
    return [
        Entry(CORRECTION, day, gpu_ms, account, whose, actor=actor, note=note)
        for day, gpu_ms in days.items()
    ]


def _used(db: Connection, person: Person, account: str, today: date) -> list[tuple[date, int]]:
    """Sum a person's rows on an account by day, newest first."""
    mine = (ledger.c.person_id == person.id) & (ledger.c.account == account)
    rows = db.execute(
        select(ledger.c.day, func.sum(ledger.c.gpu_ms))
        .where(mine, ledger.c.day > today - REACH)
        .group_by(ledger.c.day)
        .order_by(ledger.c.day.desc())
    )
    return [(day, int(used)) for day, used in rows]
