"""Who holds which slots, read as one text a GPU: only GPUs whose text changed are looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, Connection, Engine, Text, case, cast, func, select, type_coerce

from hub.policy.fleet import Fleet
from hub.policy.gpus import TakenSlot
from hub.policy.holdings import Holdings, Slots
from hub.store.columns import instant
from hub.store.gpus import load_gpus
from hub.store.schema import lease_slots, leases

MICROSECONDS_PER_SPAN = 1000
"""Times are stored in microseconds, durations in milliseconds."""

BETWEEN_FIELDS, BETWEEN_SLOTS = "\x1f", "\x1e"


@dataclass(frozen=True)
class _Reading:
    """What a database said when it was last asked, and what followed of that."""

    texts: Mapping[str, str]
    holdings: Holdings


_last: WeakKeyDictionary[Engine, _Reading] = WeakKeyDictionary()
"""Saves work, decides nothing: a reading is used only where the database says the same again."""


def load_holdings(db: Connection) -> Holdings:
    """Load every GPU and every slot under lease, with until when it is promised.

    A lease that did not begin yet is promised all its time, a loan under notice until it is taken
    back, and one that is closing no longer.
    """
    gpus, texts = load_gpus(db), _load_texts(db)
    last = _last.get(db.engine)
    if last is None or last.holdings.fleet.gpus != gpus:
        held = {uuid: _parse(uuid, text) for uuid, text in texts.items()}
        reading = _Reading(texts, Holdings(Fleet(gpus), held))
    elif last.texts == texts:
        return last.holdings
    else:
        reading = _Reading(texts, last.holdings.changed(dict(_changes(last.texts, texts))))
    _last[db.engine] = reading
    return reading.holdings


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, Slots]]:
    for uuid, text in now.items():
        if before.get(uuid) != text:
            yield uuid, _parse(uuid, text)
    for uuid in before:
        if uuid not in now:
            yield uuid, ()


def _load_texts(db: Connection) -> dict[str, str]:
    """Give for every GPU that is not wholly free one text of who holds its slots."""
    held = (
        lease_slots.c.slot,
        leases.c.id,
        leases.c.person_id,
        case((leases.c.loan, 1), else_=0),
        func.coalesce(
            _number(leases.c.closing_at),
            _number(leases.c.reclaim_at),
            _number(leases.c.expires_at),
            _number(leases.c.opened_at) + _number(leases.c.duration) * MICROSECONDS_PER_SPAN,
        ),
    )
    text: Any = leases.c.account
    for column in held:
        text = text + BETWEEN_FIELDS + cast(column, Text)
    rows = db.execute(
        select(lease_slots.c.gpu_uuid, func.aggregate_strings(text, BETWEEN_SLOTS))
        .join(leases, leases.c.id == lease_slots.c.lease_id)
        .group_by(lease_slots.c.gpu_uuid)
    )
    return dict(rows.all())


def _number(column: Any) -> Any:
    """Take a time or a span as the number it is stored as."""
    return type_coerce(column, BigInteger)


def _parse(uuid: str, text: str) -> Slots:
    slots = (entry.split(BETWEEN_FIELDS) for entry in text.split(BETWEEN_SLOTS))
    taken = [_taken(uuid, account, [int(n) for n in numbers]) for account, *numbers in slots]
    return tuple(sorted(taken, key=lambda slot: slot.slot))


def _taken(uuid: str, account: str, numbers: list[int]) -> TakenSlot:
    slot, lease_id, person_id, loan, end = numbers
    return TakenSlot(uuid, slot, instant(end), lease_id, person_id, account, bool(loan))


def load_taken(db: Connection) -> Slots:
    """Load every slot under lease, by the UUID of its GPU."""
    return load_holdings(db).taken
