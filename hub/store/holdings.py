"""Who holds which slots: told in one text a GPU, and read only where that text changed."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, Text, case, cast, func, select, type_coerce

from hub.policy.gpus import TakenSlot
from hub.policy.holdings import Holdings, Slots
from hub.store.columns import instant
from hub.store.gpus import load_fleet
from hub.store.memo import Memo
from hub.store.schema import lease_slots, leases

MICROSECONDS_PER_SPAN = 1000
"""Times are stored in microseconds, durations in milliseconds."""

MOST_BY_NAME = 200
"""Above so many GPUs the slots of all are read rather than those of each by name."""


@dataclass(frozen=True)
class _Reading:
    """What a database said when it was last asked, and what followed of that."""

    texts: Mapping[str, str]
    holdings: Holdings


_readings: Memo[_Reading] = Memo()


def load_holdings(db: Connection) -> Holdings:
    """Load every GPU and every slot under lease, with until when it is promised.

    A lease that did not begin yet is promised all its time, a loan under notice until it is taken
    back, and one that is closing no longer.
    """
    fleet, texts = load_fleet(db), _load_texts(db)
    last = _readings.find(db)
    if last is None or last.holdings.fleet is not fleet:
        found = Holdings(fleet, _load_slots(db, texts))
    elif last.texts == texts:
        return last.holdings
    else:
        found = last.holdings.changed(_load_slots(db, _differing(last.texts, texts)))
    _readings.keep(db, _Reading(texts, found))
    return found


def load_taken(db: Connection) -> Slots:
    """Load every slot under lease, by the UUID of its GPU."""
    return load_holdings(db).taken


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    """Name the GPUs of which two readings tell different things."""
    return {uuid for uuid, _ in before.items() ^ now.items()}


def _load_texts(db: Connection) -> dict[str, str]:
    """Tell of every GPU that is not wholly free, in one text, all that can change of its slots.

    That is who holds them: of a lease only its end and whether it is a loan ever change.
    """
    return dict(db.execute(TEXTS).all())


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


def _select_texts() -> Select[Any]:
    text: Any = ""
    for column in (lease_slots.c.slot, leases.c.id, case((leases.c.loan, 1), else_=0), _end()):
        text = text + cast(column, Text) + " "
    return (
        select(lease_slots.c.gpu_uuid, func.aggregate_strings(text, "/"))
        .join(leases, leases.c.id == lease_slots.c.lease_id)
        .group_by(lease_slots.c.gpu_uuid)
    )


TEXTS = _select_texts()
"""Put together once: every decision asks for it."""
