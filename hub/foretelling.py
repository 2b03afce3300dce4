"""When a turn may come, told to who asks and written on the ticket; the past is only recalled."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from hub.house import House
from hub.policy.admission import nobody_hindered
from hub.policy.forecast import NONE, QUICK_PLAYS, forecast
from hub.policy.outcomes import Wait
from hub.store.floor import load_floor
from hub.store.snapshot import make_judge
from hub.store.ticket_steps import write_forecasts

PLAYED_UP_TO = 8
"""With more in the line what is promised is told: a whole class may be asking just now."""

FORETOLD_UP_TO = 120
"""With more still, the steward tells it some seconds later."""


def foretell(house: House, wait: Wait, now: datetime) -> Wait:
    """Add when the turn may come; the place is kept whether or not that can be told."""
    try:
        return _foretold(house, wait, now)
    except SQLAlchemyError:
        return wait


def _foretold(house: House, wait: Wait, now: datetime) -> Wait:
    if wait.ticket_id is None:
        return wait
    whom = frozenset([wait.ticket_id])
    with house.database.read() as db:
        floor = load_floor(db, house.terms, now)
        if len(floor.queue) > FORETOLD_UP_TO:
            return replace(wait, earliest=None)
        if len(floor.queue) > PLAYED_UP_TO:
            ranges = forecast(floor, nobody_hindered, NONE, 1, whom)
        else:
            experience = house.recollection.of(db, floor)
            judge = make_judge(db, floor, house.terms)
            ranges = forecast(floor, judge, experience, QUICK_PLAYS, whom)
    told = ranges.get(wait.ticket_id, (None, None))
    with house.database.write() as db:
        write_forecasts(db, {wait.ticket_id: told})
    return replace(wait, earliest=told[0], latest=told[1])
