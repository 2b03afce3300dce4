"""When a turn may come, told to who asks and written on the ticket; the past is only recalled."""

from dataclasses import replace
from datetime import datetime

from hub.house import House
from hub.policy.forecast import QUICK_PLAYS, forecast
from hub.policy.outcomes import Wait
from hub.store.floor import load_floor
from hub.store.snapshot import make_judge
from hub.store.ticket_steps import write_forecasts

FORETOLD_UP_TO = 8
"""With more in the line an answer says the earliest only: a whole class may be asking just now."""


def foretell(house: House, wait: Wait, now: datetime) -> Wait:
    """Add when the turn may come; with many in the line the steward tells it some seconds later."""
    if wait.ticket_id is None:
        return wait
    with house.database.read() as db:
        floor = load_floor(db, house.terms, now)
        if len(floor.queue) > FORETOLD_UP_TO:
            return wait
        experience = house.recollection.of(db, floor)
        judge = make_judge(db, floor, house.terms)
        ranges = forecast(floor, judge, experience, QUICK_PLAYS, frozenset([wait.ticket_id]))
    told = ranges.get(wait.ticket_id, (None, None))
    with house.database.write() as db:
        write_forecasts(db, {wait.ticket_id: told})
    return replace(wait, earliest=told[0] or wait.earliest, latest=told[1])
