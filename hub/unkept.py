"""Whoever answers for a reservation is told when a window of it turns out not to be kept."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from hub.house import House
from hub.policy.unkept import Unkept, unkept_windows
from hub.store.audit import write
from hub.store.floor import load_floor
from hub.store.notices import NewNotice, add_notice
from hub.store.people import load_groups, load_people
from hub.units import from_parts, share_text

KIND = "reservation-unkept"

Known = set[tuple[int, datetime]]
"""Windows by their reservation and beginning."""


def load_unkept(house: House, now: datetime) -> list[Unkept]:
    """Load the windows of the coming 60 days that can't be kept as things stand."""
    with house.database.read() as db:
        return unkept_windows(load_floor(db, house.terms, now))


def tell_unkept(house: House, known: Known, now: datetime) -> list[Unkept]:
    """Tell of the windows made since that can't be kept, once each; gives those.

    A lease that runs is not ended for one: an administrator decides what gives way.
    """
    found = [
        each
        for each in load_unkept(house, now)
        if (each.window.reservation_id, each.window.since) not in known
    ]
    if found:
        with house.database.write() as db:
            for each in found:
                _tell(db, each, now)
    return found


def _tell(db: Connection, unkept: Unkept, now: datetime) -> None:
    window = unkept.window
    detail = {
        "reservation": window.reservation_id,
        "account": window.account,
        "at": unkept.at.isoformat(),
        "promised": share_text(from_parts(unkept.promised)),
        "healthy": share_text(from_parts(unkept.healthy)),
    }
    write(db, "steward", "reservation unkept", detail, now)
    told = {**detail, "account": window.account.removeprefix("group:")}
    for person_id in _who_answers(db, window.account):
        subject = f"reservation:{window.reservation_id}/{person_id}"
        add_notice(db, NewNotice(person_id, subject, KIND, window.since, told), now)


def _who_answers(db: Connection, account: str) -> Iterable[int]:
    managers = {
        name
        for group in load_groups(db)
        if account == f"group:{group.name}"
        for name in group.managers
    }
    people = load_people(db)
    return [each.id for each in people if each.admin or each.name in managers]
