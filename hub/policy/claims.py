"""Whether reservations may be made: yes, with the leases that give way to them, or why not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from hub.policy.floor import Floor
from hub.policy.overriding import Shortened, make_room, without
from hub.policy.reasons import ADMINISTRATOR, YOU, Number, Reason
from hub.policy.reservations import Occurrence
from hub.policy.reserving import Clash, Wish, find_clash
from hub.policy.wording import say_time
from hub.units import from_parts, share_number

NEW = 0
"""The number a reservation has that is not stored yet."""


@dataclass(frozen=True)
class Claimed:
    """They may be made; the leases that give way are shortened with them."""

    shortened: tuple[Shortened, ...] = ()


@dataclass(frozen=True)
class Unclaimed:
    """They may not, none of them.

    `in_the_way` are the leases an administrator's word would shorten so that they could; none
    where that would be of no use.
    """

    reasons: tuple[Reason, ...]
    in_the_way: tuple[Shortened, ...] = ()


def claim(
    floor: Floor, wishes: Sequence[Wish], override: bool, zone: ZoneInfo
) -> Claimed | Unclaimed:
    """Decide on reservations together, one counted beside the other, all or none.

    `floor.occurrences` must reach as far as the wishes do; a reason names times in `zone`.
    """
    shortened: dict[int, Shortened] = {}
    for wish in wishes:
        if not floor.smallest_slot <= wish.parts <= floor.nominal:
            return Unclaimed((_too_much(wish, floor),))
        clash = find_clash(floor, wish)
        if clash is not None:
            room = make_room(floor, wish)
            if room.clash is not None:
                return Unclaimed((_capacity(room.clash if override else clash, wish, floor, zone),))
            shortened |= {lease.lease_id: lease for lease in room.shortened}
            if not override:
                in_the_way = tuple(shortened.values())
                return Unclaimed((_capacity(clash, wish, floor, zone),), in_the_way)
            floor = without(floor, room.shortened)
        floor = replace(floor, occurrences=(*floor.occurrences, *as_occurrences(NEW, wish)))
    return Claimed(tuple(shortened.values()))


def depends_on(floor: Floor) -> tuple[object, ...]:
    """Give what a decision on windows after every lease depends on, reservations aside."""
    endless = sorted(s.account for s in floor.taken if s.until is None and not s.loan)
    return floor.healthy, floor.nominal, dict(floor.guarantees), endless


def while_leases_run(floor: Floor, wishes: Sequence[Wish]) -> tuple[Floor, list[Wish]]:
    """Leave out all windows that begin when no lease runs any more that has an end.

    Of those a decision stands for as long as `depends_on` and the reservations are the same.
    """
    ends = [slot.until for slot in floor.taken if slot.until is not None and not slot.loan]
    last = max(ends, default=floor.now)
    near = tuple(other for other in floor.occurrences if other.since < last)
    return replace(floor, occurrences=near), [
        replace(wish, windows=tuple(w for w in wish.windows if w.since < last)) for wish in wishes
    ]


def as_occurrences(number: int, wish: Wish) -> list[Occurrence]:
    """Give the windows of a wish as those of a reservation."""
    return [
        Occurrence(number, wish.account, wish.parts, window.since, window.until)
        for window in wish.windows
    ]


def _too_much(wish: Wish, floor: Floor) -> Reason:
    numbers: dict[str, Number] = {
        "asked": share_number(from_parts(wish.parts)),
        "least": share_number(from_parts(floor.smallest_slot)),
        "station": share_number(from_parts(floor.nominal)),
    }
    return Reason("reservation", "gpus", numbers, YOU)


def _capacity(clash: Clash, wish: Wish, floor: Floor, zone: ZoneInfo) -> Reason:
    numbers: dict[str, Number] = {
        "account": wish.account,
        "asked": share_number(from_parts(wish.parts)),
        "since": say_time(clash.window.since, zone),
        "until": say_time(clash.window.until, zone),
        "at": say_time(clash.moment, zone),
        "promised": share_number(from_parts(clash.promised)),
        "healthy": share_number(from_parts(floor.healthy)),
    }
    return Reason("reservation", "capacity", numbers, ADMINISTRATOR, clash.soonest)
