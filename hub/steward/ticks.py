"""Charge what runs: the durable tick of every lease's meter."""

from datetime import datetime

from hub import books, clock
from hub.steward.office import Office


def tick_meters(office: Office, now: datetime) -> None:
    """Charge every running lease up to now; boot time is read at once, beside `now`."""
    books.tick_all(office.house, now, clock.boot())
