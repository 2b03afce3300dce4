"""How others may come in the next days: as they came in the past, from several past moments on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.policy.pace import mix
from hub.policy.tickets import Queued, Ticket

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
    a past day, as far as the past reaches; a shorter past is taken in overlapping halves. What is
    asked for comes again as it came; who asks is anybody who came lately, the likelier the more
    often: those who came in that very stretch have used so much since that they would stand too
    far back.
    """
    recent = [one for one in came if now - REMEMBERED < one.ticket.asked_at <= now]
    if not recent:
        return ()
    reach = now - min(one.ticket.asked_at for one in recent)
    stretches = enumerate(_stretches(reach, count))
    found = (_again(recent, now, *stretch, turn) for turn, stretch in stretches)
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
    came: Sequence[Queued], now: datetime, ago: timedelta, length: timedelta, turn: int
) -> tuple[Queued, ...]:
    begin = now - ago
    return tuple(
        _by(came[mix(number, turn) % len(came)], one.ticket, number, at - begin + now)
        for number, one in enumerate(came)
        if begin <= (at := one.ticket.asked_at) <= begin + length
    )


def _by(who: Queued, what: Ticket, number: int, at: datetime) -> Queued:
    """Give a request of the past again, as if this person made it."""
    ticket = replace(
        what,
        id=SUPPOSED_FROM + number,
        person_id=who.ticket.person_id,
        user=who.ticket.user,
        account=who.ticket.account,
        asked_at=at,
    )
    return Queued(ticket, who.standing, who.groups)
