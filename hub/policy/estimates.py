"""When somebody's turn would come who joined the waiting list now; the forecast is policy's."""

from dataclasses import replace

from hub.policy.forecast import NONE, QUICK_UP_TO, Experience, forecast
from hub.policy.outcomes import Wait
from hub.policy.queueing import without
from hub.policy.requests import SpawnRequest
from hub.policy.snapshot import Snapshot
from hub.policy.tickets import Queued, Standing, Ticket
from hub.policy.walk import Judge

NEWCOMER = 2**62
"""The number of a ticket that nobody has yet."""


PLAYED_UP_TO = 8
"""With more in the line a page says what is promised: it asks about many shares at once."""

PLAYS = 3
"""How many ways things may go are looked at for each share, for the same reason."""


def estimate(
    wait: Wait,
    snapshot: Snapshot,
    judge: Judge,
    request: SpawnRequest,
    account: str,
    experience: Experience = NONE,
) -> Wait:
    """Give a wait its earliest and latest start, as if its ticket were opened now."""
    floor = snapshot.floor
    if len(floor.queue) > QUICK_UP_TO or request.duration is None:
        return wait
    own = snapshot.ticket
    if own is not None:
        floor = without(floor, own.id)
    newcomer = Ticket(
        id=NEWCOMER,
        person_id=snapshot.person.id,
        user=snapshot.person.name,
        server=snapshot.server,
        account=account,
        gpus=request.gpus,
        duration=request.duration,
        asked_at=snapshot.now,
        profile=request.profile,
        preemptible=request.preemptible,
    )
    queued = Queued(newcomer, snapshot.standings.get(account, Standing()))
    known = experience if len(floor.queue) <= PLAYED_UP_TO else NONE
    asked = replace(floor, queue=(*floor.queue, queued))
    found = forecast(asked, judge, known, PLAYS, frozenset([NEWCOMER]))
    earliest, latest = found.get(NEWCOMER, (None, None))
    return replace(wait, earliest=earliest or wait.earliest, latest=latest)
