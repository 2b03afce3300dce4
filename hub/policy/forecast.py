"""When those who wait will start: the station simulated forward with the real queueing functions.

It promises nothing: leases may be extended, GPUs may break. It reads no clock and draws no lots.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.policy.floor import Floor
from hub.policy.pace import Pace
from hub.policy.playing import Hindered, Play, Span
from hub.policy.tickets import Queued
from hub.policy.walk import Judge

Range = tuple[datetime | None, datetime | None]
"""Earliest and latest; None where nobody can know."""

QUICK_UP_TO = 40
"""With so many waiting it takes well under a tenth of a second: quick enough to answer with."""

MOST_PLAYS = 48
"""How many ways things may go are played of a small station with a past."""

FEWEST_PLAYS = 3
"""As many at the least, however large the station."""

WORK = 2400
"""Ways times GPUs and tickets are about so many on a larger one: a round shall take seconds."""

QUICK_PLAYS = 5
"""As many where somebody waits for the answer."""

HOLDS = 0.9
"""The range is the shortest that holds this part of the plays."""

LATER = 0.3
"""So much of the range is added at its end, for what the past does not know of.

Chosen on generated traces of the seeds 11 to 13, for nine in ten starts to fall inside.
"""

BEFORE, AFTER = timedelta(minutes=1), timedelta(minutes=8)
"""What is added on either side: a server takes a moment to start."""

PROMISED = (0.15, timedelta(minutes=1))
"""What is added to what is promised where there is no past: a part of the wait, and a time."""


@dataclass(frozen=True)
class Experience:
    """What is known of the station's past; nothing at all by default.

    `used` is the part of the promised time that past leases used; `since` says when running leases
    began, by id. Each of `futures` is a way in which others may come, such as they came on some
    day before: tickets whose `asked_at` lies ahead, with ids that no other ticket has.
    """

    used: tuple[float, ...] = ()
    since: Mapping[int, datetime] = field(default_factory=dict)
    futures: tuple[tuple[Queued, ...], ...] = ()


NONE = Experience()


def forecast(
    floor: Floor,
    judge: Judge,
    experience: Experience = NONE,
    plays: int = MOST_PLAYS,
    whom: frozenset[int] | None = None,
) -> dict[int, Range]:
    """Give the earliest and the latest start of every waiting ticket, or of those of `whom`.

    The station is played forward several times, with leases that end as early as past ones did and
    others coming as they came before; without experience once, as promised and with nobody else
    coming. Whom something of their own hinders starts no sooner than that passes; where nobody
    knows when, neither is given.
    """
    waiting = frozenset(queued.ticket.id for queued in floor.queue)
    ids = waiting if whom is None else waiting & whom
    known = Hindered(judge, floor)
    ways = _ways(experience, min(plays, _most(floor)))
    played = [Play(floor, known, *way, ids).starts() for way in ways]
    return {n: _range([found.get(n) for found in played], floor.now) for n in ids}


def _most(floor: Floor) -> int:
    return max(WORK // (len(floor.gpus) + len(floor.queue)), FEWEST_PLAYS)


def _ways(experience: Experience, count: int) -> Iterator[tuple[Pace, tuple[Queued, ...]]]:
    """Give the ways in which things may go: at what pace, and who else comes."""
    if not experience.used and not experience.futures:
        yield Pace((), {}, 0), ()
        return
    used = tuple(sorted(experience.used))
    futures = experience.futures or ((),)
    for number in range(1, count + 1):
        comers = futures[(number - 1) % len(futures)]
        yield Pace(used, experience.since, number), comers


def _range(starts: list[Span | None], now: datetime) -> Range:
    """Give the shortest range that holds most of the starts played, with the margin.

    Plays in which somebody never starts end after all others: they leave the latest open where no
    range without them holds enough.
    """
    found = sorted(start for start in starts if start is not None)
    if not found:
        return None, None
    if len(starts) == 1:
        part, time = PROMISED
        return max(now, found[0][0] - time), found[0][1] + (found[0][1] - now) * part + 3 * time
    enough = max(round(HOLDS * len(starts)), 1)
    if len(found) < enough:
        return max(now, found[0][0] - BEFORE), None
    first, last = _shortest(found, enough)
    return max(now, first - BEFORE), last + (last - first) * LATER + AFTER


def _shortest(starts: list[Span], enough: int) -> Span:
    """Find the shortest stretch from a start to another that holds so many; starts in order."""
    stretches = [
        (starts[n][0], max(one[1] for one in starts[n : n + enough]))
        for n in range(len(starts) - enough + 1)
    ]
    return min(stretches, key=lambda stretch: stretch[1] - stretch[0])
