"""The shadow start of the first who waits: when and where it will start at the latest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.policy.floor import Floor
from hub.policy.gpus import SlotRange
from hub.policy.placement import slots_of
from hub.policy.promises import Promises
from hub.policy.wishes import Wish

SOON = timedelta(seconds=1)
"""Who must wait starts later than now: by then what is closing is taken to hold nothing."""

MOST_TRIES = 64
"""How many times in the future are tried before none is given."""


@dataclass(frozen=True)
class Shadow:
    """The claim of a wish that must wait: from when, on which slots, and what it counts."""

    wish: Wish
    at: datetime
    slots: tuple[SlotRange, ...]
    parts: int
    loan: bool = False
    """Whether it will be lent, and so counts on no common ground."""


def cast_shadow(floor: Floor, wish: Wish, promises: Promises) -> Shadow | None:
    """Find when a wish can start if every lease runs to its promised end and nobody else starts.

    None where that can't be known: a lease in its way has no end, or no time keeps the promises.
    """
    tried = 0
    at_best = floor.now + SOON
    for when, gpus in floor.endings.rooms(wish.profile, wish.share, floor.now):
        slots = tuple(_slots_then(floor, gpu.uuid, gpu.slots, wish, when) for gpu in gpus)
        parts = sum(gpu.parts(len(part.slots)) for gpu, part in zip(gpus, slots, strict=True))
        for start in _starts(floor, max(when, at_best)):
            tried += 1
            broken = promises.broken_by(wish.account, parts, start + wish.duration, start)
            if broken is None or (wish.preemptible and not broken.reserved):
                return Shadow(wish, start, slots, parts, loan=broken is not None)
            if tried > MOST_TRIES:
                return None
    return None


def _starts(floor: Floor, when: datetime) -> Iterator[datetime]:
    """Yield a time and, after it, the ends of reserved windows and leases that may give way."""
    yield when
    later = {window.until for window in floor.occurrences if window.until > when}
    later |= {slot.until for slot in floor.taken if slot.until is not None and slot.until > when}
    yield from sorted(later)


def _slots_then(floor: Floor, uuid: str, size: int, wish: Wish, when: datetime) -> SlotRange:
    wanted = slots_of(size, wish.share) if wish.share <= 1 else size
    held = {s.slot: s.until for s in floor.slots_on(uuid)}
    free = [n for n in range(size) if n not in held]
    freed = sorted((end, n) for n, end in held.items() if end is not None and end <= when)
    return SlotRange(uuid, tuple(sorted([*free, *(n for _, n in freed)][:wanted])))


def soonest_room(floor: Floor, wish: Wish) -> datetime | None:
    """Say when running leases will at the latest have left room for a wish, whoever waits."""
    return floor.endings.soonest(wish.profile, wish.share, floor.now)
