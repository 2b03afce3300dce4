"""Reservations written as a calendar (.ics) that any calendar program reads, and we too."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vRecur

from hub.calendar_files import GPUS
from hub.policy.reservations import Reservation
from hub.units import PARTS

PRODUCT = "-//Allotment//Reservations//EN"


def write_calendar(reservations: Iterable[Reservation], station: str, now: datetime) -> str:
    """Write reservations as a calendar; `station` makes its events' names unique in the world."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    for reservation in reservations:
        calendar.add_component(_event(reservation, station, now))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical()).decode()


def _event(reservation: Reservation, station: str, now: datetime) -> Event:
    series = reservation.series
    zone = ZoneInfo(series.zone)
    event = Event()
    event.add("uid", f"reservation-{reservation.id}@{station}.allotment")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", series.since.replace(tzinfo=zone))
    event.add("dtend", series.until.replace(tzinfo=zone))
    if series.rrule is not None:
        event.add("rrule", vRecur.from_ical(series.rrule))
    if series.excluded:
        event.add("exdate", [wall.replace(tzinfo=zone) for wall in series.excluded])
    event.add("summary", reservation.title)
    event.add(GPUS, f"{reservation.parts / PARTS:.4f}")
    return event
