"""Who holds which slots: told in one text, and read only of GPUs on which something changed."""

from collections import defaultdict
from collections.abc import Collection, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, Text, case, cast, func, select, type_coerce

from hub.policy.fleet import Fleet
from hub.policy.gpus import TakenSlot
from hub.policy.holdings import Holdings, Slots
from hub.store.columns import instant
from hub.store.gpus import load_fleet
from hub.store.memo import Memo
from hub.store.schema import lease_slots, leases

MICROSECONDS_PER_SPAN = 1000
"""Times are stored in microseconds, durations in milliseconds."""

MOST_BY_NAME = 200
"""Above so many GPUs or leases all are read rather than each by name."""

SEVERAL = 16
"""More than any GPU has slots, twice: an end, a slot and whether it is lent make one number."""


@dataclass(frozen=True)
class _Reading:
    """What a database said when it was last asked, and what followed of that."""

    text: str
    entries: Set[str]
    holdings: Holdings


_readings: Memo[_Reading] = Memo()


def load_holdings(db: Connection) -> Holdings:
    """Load every GPU and every slot under lease, with until when it is promised.

    A lease that did not begin yet is promised all its time, a loan under notice until it is taken
    back, and one that is closing no longer.
    """
    fleet, text = load_fleet(db), db.execute(TEXT).scalar() or ""
    last = _readings.find(db)
    if last is not None and last.holdings.fleet is fleet and last.text == text:
        return last.holdings
    entries = frozenset(text.split("/"))
    found = _load_all(db, fleet) if last is None else _load_changes(db, fleet, entries, last)
    _readings.keep(db, _Reading(text, entries, found))
    return found


def load_taken(db: Connection) -> Slots:
    """Load every slot under lease, by the UUID of its GPU."""
    return load_holdings(db).taken


def _load_all(db: Connection, fleet: Fleet) -> Holdings:
    uuids = set(db.execute(select(lease_slots.c.gpu_uuid).distinct()).scalars())
    return Holdings(fleet, _load_slots(db, uuids))


def _load_changes(db: Connection, fleet: Fleet, entries: Set[str], last: _Reading) -> Holdings:
    """Read the GPUs of every lease of which an entry came or went."""
    numbers = {int(entry.split()[0]) for entry in entries ^ last.entries if entry}
    if last.holdings.fleet is not fleet or len(numbers) > MOST_BY_NAME:
        return _load_all(db, fleet)
    theirs = select(lease_slots.c.gpu_uuid).where(lease_slots.c.lease_id.in_(numbers))
    uuids = {slot.gpu_uuid for slot in last.holdings.taken if slot.lease_id in numbers}
    uuids |= set(db.execute(theirs).scalars())
    return last.holdings.changed(_load_slots(db, uuids))


def _load_slots(db: Connection, uuids: Collection[str]) -> dict[str, Slots]:
    """Load the taken slots of these GPUs, in order; `()` for one of which none is taken."""
    query = (
        select(
            lease_slots.c.gpu_uuid,
            lease_slots.c.slot,
            _end(),
            leases.c.id,
            leases.c.person_id,
            leases.c.account,
            leases.c.loan,
        )
        .join(leases, leases.c.id == lease_slots.c.lease_id)
        .order_by(lease_slots.c.gpu_uuid, lease_slots.c.slot)
    )
    if len(uuids) <= MOST_BY_NAME:
        query = query.where(lease_slots.c.gpu_uuid.in_(uuids))
    found: dict[str, list[TakenSlot]] = defaultdict(list)
    for uuid, slot, end, *whose in db.execute(query):
        found[uuid].append(TakenSlot(uuid, slot, instant(end), *whose))
    return {uuid: tuple(found[uuid]) for uuid in uuids}


def _end() -> Any:
    """Give until when a lease's slots are promised, as the number it is stored as."""
    ends = (leases.c.closing_at, leases.c.reclaim_at, leases.c.expires_at)
    whole = _number(leases.c.opened_at) + _number(leases.c.duration) * MICROSECONDS_PER_SPAN
    return func.coalesce(*map(_number, ends), whole)


def _number(column: Any) -> Any:
    return type_coerce(column, BigInteger)


def _select_text() -> Select[Any]:
    """Tell all that can change of the slots under lease, one entry a slot.

    That is whose they are, until when, and whether they are lent: a lease has the same slots of the
    same GPUs, and belongs to the same person and account, from its opening to its closing.
    """
    number = _end() * SEVERAL + lease_slots.c.slot * 2 + case((leases.c.loan, 1), else_=0)
    entry = cast(leases.c.id, Text) + " " + cast(number, Text)
    return select(func.aggregate_strings(entry, "/")).join_from(
        lease_slots, leases, leases.c.id == lease_slots.c.lease_id
    )


TEXT = _select_text()
"""Put together once: every decision asks for it."""
