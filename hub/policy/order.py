"""In which order those who wait are served."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from hub.policy.rules import Rules
from hub.policy.tickets import Queued, Standing, Ticket

BEST_CLASS = 9

Key = tuple[int, float, datetime, int]


def order_key(
    standing: Standing, asked_at: datetime, number: int, now: datetime, rules: Rules
) -> Key:
    """Give what decides a place, the smallest first: class, usage, time, ticket number.

    The class is the account's priority and one more for each 12 h waited, at most 9.
    """
    waited = max((now - asked_at) // rules.priority_step, 0)
    rank = min(standing.priority + waited, BEST_CLASS)
    return (-rank, standing.usage, asked_at, number)


def arrange(queue: Collection[Queued], now: datetime, rules: Rules) -> list[Queued]:
    """Put those who wait in order; who was moved stands beside the ticket it was moved to.

    Once that ticket waits no longer, the place is again the one its key gives.
    """
    return put_in_order(queue, keys_of(queue, now, rules))


def keys_of(queue: Iterable[Queued], now: datetime, rules: Rules) -> dict[int, Key]:
    """Give the key that decides each ticket's place, by ticket."""
    return {
        q.ticket.id: order_key(q.standing, q.ticket.asked_at, q.ticket.id, now, rules)
        for q in queue
    }


def put_in_order(queue: Iterable[Queued], keys: Mapping[int, Key]) -> list[Queued]:
    """Order by these keys, then by what was moved."""
    line = sorted(queue, key=lambda q: keys[q.ticket.id])
    beside = {q.ticket.id: near for q in line if (near := _beside(q.ticket)) is not None}
    moved = [q for q in line if q.ticket.id in beside]
    for queued in sorted(moved, key=lambda q: _depth(q.ticket.id, beside)):
        _move(line, queued)
    return line


def _beside(ticket: Ticket) -> int | None:
    return ticket.ahead_of if ticket.ahead_of is not None else ticket.behind


def _depth(number: int | None, beside: Mapping[int, int | None]) -> int:
    """Count the moves a place rests on: who was moved beside somebody moved comes after them."""
    seen: set[int] = set()
    while number is not None and number in beside and number not in seen:
        seen.add(number)
        number = beside[number]
    return len(seen)


def _move(line: list[Queued], queued: Queued) -> None:
    ticket = queued.ticket
    beside = _beside(ticket)
    ids = [other.ticket.id for other in line]
    if beside not in ids or beside == ticket.id:
        return
    del line[ids.index(ticket.id)]
    ids.remove(ticket.id)
    line.insert(ids.index(beside) + (ticket.ahead_of is None), queued)
