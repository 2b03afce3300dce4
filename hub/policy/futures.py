"""How others may come in the next days: as they came in the past, from several past moments on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.policy.tickets import Queued

DAY = timedelta(days=1)
AHEAD = 2 * DAY
"""Nobody is supposed to come later than so far ahead."""

REMEMBERED = 8 * DAY
"""What is older teaches nothing about days to come."""

SUPPOSED_FROM = 10**15
"""Ids of supposed tickets begin here, far from those of real ones."""


def suppose(came: Sequence[Queued], now: datetime, count: int) -> tuple[tuple[Queued, ...], ...]:
    """Give up to `count` ways in which others may come, from who came until now.

    Each is a stretch of the past, moved to begin now. Stretches of two days begin at this time of
    a past day, as far as the past reaches; a shorter past is taken in overlapping halves.
    """
    recent = [one for one in came if now - REMEMBERED < one.ticket.asked_at <= now]
    if not recent:
        return ()
    reach = now - min(one.ticket.asked_at for one in recent)
    found = (_again(recent, now, *stretch) for stretch in _stretches(reach, count))
    return tuple(future for future in found if future)


def _stretches(reach: timedelta, count: int) -> list[tuple[timedelta, timedelta]]:
    """List how long ago each stretch began, and how long it is."""
    days = reach // DAY
    if days >= 4:
        begins = [(n + 2) * DAY for n in range(days - 1)]
        begins += [reach - n * (reach - AHEAD) / count for n in range(count - len(begins))]
        return [(begin, AHEAD) for begin in begins[:count]]
    half = reach / 2
    return [(reach - n * half / max(count - 1, 1), half) for n in range(count)]


def _again(
    came: Sequence[Queued], now: datetime, ago: timedelta, length: timedelta
) -> tuple[Queued, ...]:
    begin = now - ago
    return tuple(
        replace(
            one, ticket=replace(one.ticket, id=SUPPOSED_FROM + number, asked_at=at - begin + now)
        )
        for number, one in enumerate(came)
        if begin <= (at := one.ticket.asked_at) <= begin + length
    )
