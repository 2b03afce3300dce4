"""Groups, their members and managers; every change leaves an audit row."""

from datetime import datetime

from hub.house import House
from hub.names import parse_group_name
from hub.policy.people import Person
from hub.store import people as rows
from hub.store.audit import write
from hub.store.people import Group


def add_group(house: House, name: str, actor: str, now: datetime) -> None:
    """Claim a group's name; raises BadValue or AlreadyExists."""
    name = parse_group_name(name)
    with house.database.write() as db:
        rows.add_group(db, name, now)
        write(db, actor, "group add", {"group": name}, now)


def load_groups(house: House) -> list[Group]:
    """Load every group with its members and managers, by name."""
    with house.database.read() as db:
        return rows.load_groups(db)


def load_group(house: House, name: str) -> Group:
    """Load one group with its members and managers; raises NotFound."""
    with house.database.read() as db:
        rows.check_group(db, name)
        return next(group for group in rows.load_groups(db) if group.name == name)


def add_member(house: House, group: str, name: str, actor: str, now: datetime) -> Person:
    """Put a person into a group, as the last one they joined; raises NotFound."""
    with house.database.write() as db:
        if rows.add_member(db, group, rows.load_person(db, name), now):
            write(db, actor, "group member add", {"group": group, "user": name}, now)
        return rows.load_person(db, name)


def remove_member(house: House, group: str, name: str, actor: str, now: datetime) -> Person:
    """Take a person out of a group, and so from its managers; raises NotFound."""
    with house.database.write() as db:
        rows.check_group(db, group)
        rows.remove_member(db, group, rows.load_person(db, name))
        write(db, actor, "group member remove", {"group": group, "user": name}, now)
        return rows.load_person(db, name)


def set_primary(house: House, group: str, name: str, actor: str, now: datetime) -> Person:
    """Make a group of theirs the account of a person's servers; raises NotFound."""
    with house.database.write() as db:
        rows.check_group(db, group)
        person = rows.load_person(db, name)
        rows.set_primary(db, group, person)
        if person.primary_group != group:
            write(db, actor, "group member primary", {"group": group, "user": name}, now)
        return rows.load_person(db, name)


def set_manager(
    house: House, group: str, name: str, manager: bool, actor: str, now: datetime
) -> None:
    """Make a member of a group its manager, or not any more; raises NotFound."""
    with house.database.write() as db:
        rows.check_group(db, group)
        was = any(name in each.managers for each in rows.load_groups(db) if each.name == group)
        rows.set_manager(db, group, rows.load_person(db, name), manager)
        if was is not manager:
            action = "group manager add" if manager else "group manager remove"
            write(db, actor, action, {"group": group, "user": name}, now)
