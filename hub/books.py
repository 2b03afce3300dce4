"""The books: charging what runs, putting right what was wrong, and what a month came to."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from hub.clock import BootTime
from hub.errors import AllotmentError, BadValue, NotFound, Refused
from hub.house import House
from hub.policy.leases import State
from hub.policy.people import SITE, Person
from hub.policy.statement import Statement
from hub.policy.windows import day_of, last_day
from hub.store import corrections, ledger
from hub.store import leases as rows
from hub.store import statements as months
from hub.store.audit import write
from hub.store.people import load_groups, load_person
from hub.store.statements import Month

RUNNING = (State.ACTIVE, State.CLOSING)
HOUR_MS = 3_600_000


def tick_all(house: House, now: datetime, boot: BootTime) -> dict[int, int]:
    """Charge every running lease up to now, each in a transaction of its own.

    Gives the weighted GPU-milliseconds charged, by lease. `now` and `boot` are to be read one
    after the other. What could not be charged now is charged by a later tick or at the close.
    """
    with house.database.read() as db:
        running = [x.id for x in rows.load_open(db) if x.state in RUNNING and x.parts]
    charged: dict[int, int] = {}
    for lease_id in running:
        with suppress(AllotmentError):
            charged[lease_id] = tick_one(house, lease_id, now, boot)
    return charged


def tick_one(house: House, lease_id: int, now: datetime, boot: BootTime) -> int:
    """Charge one lease up to now; one that was closed meanwhile is charged nothing."""
    with house.database.write() as db:
        lease = rows.load_lease(db, lease_id)
        if lease.state not in RUNNING:
            return 0
        return ledger.tick(db, lease, now, boot, house.zone)


@dataclass(frozen=True)
class Correction:
    """So much more, or with a minus so much less, on a person's account; `note` says why."""

    user: str
    gpu_ms: int
    note: str
    group: str | None = None


def correct(house: House, correction: Correction, actor: str, now: datetime) -> Mapping[date, int]:
    """Add rows that put right what was charged; gives what they came to, by day.

    More counts for today. Less is taken from the newest days first, from each at most what the
    person used of that account on it. Raises NotFound, BadValue, or Refused when that is not
    enough: nobody's use is ever less than nothing.
    """
    if not correction.note.strip():
        raise BadValue("a correction says why: give it a note")
    if not correction.gpu_ms:
        raise BadValue("a correction of nothing changes nothing")
    with house.database.write() as db:
        person = load_person(db, correction.user)
        account = _account(person, correction.group)
        today = day_of(now, house.zone)
        days = corrections.spread(db, person, account, correction.gpu_ms, today)
        if sum(days.values()) != correction.gpu_ms:
            hours = -sum(days.values()) / HOUR_MS
            raise Refused(f"{person.name} used only {hours:.3f} GPU-hours of {account}")
        entries = corrections.entries_of(days, person, account, actor, correction.note)
        for entry in entries:
            ledger.write_entry(db, entry, now)
        told = {"user": person.name, "account": account, "gpu_ms": correction.gpu_ms}
        write(db, actor, "usage correct", {**told, "note": correction.note}, now)
    return days


def _account(person: Person, group: str | None) -> str:
    account = person.account_for(group)
    if account is None:
        raise NotFound(f"{person.name} is not in {group}")
    return account


def statement(house: House, group: str | None, first: date, now: datetime) -> list[Statement]:
    """Say what the month that begins on `first` came to: for a group, or for every account.

    Every account's lines add up to the ledger. Raises NotFound for the group.
    """
    month = Month(first, last_day("month", first), house.zone)
    with house.database.read() as db:
        names = [found.name for found in load_groups(db)]
        if group is not None and group not in names:
            raise NotFound(f"{group}: there is no group of that name")
        accounts = [*(f"group:{name}" for name in names), SITE]
        wanted = accounts if group is None else [f"group:{group}"]
        return months.load_statements(db, wanted, month, now)
