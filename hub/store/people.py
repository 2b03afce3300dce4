"""People and groups as rows; a name is claimed once and never again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from hub.errors import AlreadyExists, NotFound
from hub.policy.people import Person
from hub.store.schema import groups, members, people


@dataclass(frozen=True)
class NewPerson:
    """What is stored of somebody new; `password_hash` is None for those who log in elsewhere."""

    name: str
    uid: int
    admin: bool
    password_hash: str | None
    must_change_password: bool


def add_person(db: Connection, new: NewPerson, now: datetime) -> Person:
    """Claim a name; raises AlreadyExists, and then nothing was written."""
    if db.execute(select(people.c.id).where(people.c.name == new.name)).first():
        raise AlreadyExists(f"{new.name}: that name is taken, and a name is never given twice")
    db.execute(
        insert(people).values(
            name=new.name,
            uid=new.uid,
            admin=new.admin,
            disabled=False,
            password_hash=new.password_hash,
            must_change_password=new.must_change_password,
            created_at=now,
        )
    )
    return load_person(db, new.name)


def next_uid(db: Connection, first: int) -> int:
    """Give the next uid nobody ever had."""
    highest = db.execute(select(func.max(people.c.uid))).scalar()
    return first if highest is None else max(first, highest + 1)


def find_person(db: Connection, name: str) -> Person | None:
    """Load a person by name, with the groups in the order they joined; None if there is none."""
    row = db.execute(select(people).where(people.c.name == name)).mappings().first()
    return _person(db, row) if row else None


def load_person(db: Connection, name: str) -> Person:
    """Load a person by name; raises NotFound."""
    person = find_person(db, name)
    if person is None:
        raise NotFound(f"{name}: nobody of that name has an account here")
    return person


def load_people(db: Connection) -> list[Person]:
    """Load everybody, by name."""
    rows = db.execute(select(people).order_by(people.c.name)).mappings()
    return [_person(db, row) for row in rows.all()]


def load_password_hash(db: Connection, name: str) -> str | None:
    """Load the hash a password is checked against; None for unknown names too."""
    return db.execute(select(people.c.password_hash).where(people.c.name == name)).scalar()


def set_password(db: Connection, name: str, password_hash: str, must_change: bool) -> None:
    """Replace a password; raises NotFound."""
    values = {"password_hash": password_hash, "must_change_password": must_change}
    _update(db, name, values)


def set_disabled(db: Connection, name: str, disabled: bool) -> None:
    """Disable or enable an account; raises NotFound."""
    _update(db, name, {"disabled": disabled})


def _update(db: Connection, name: str, values: dict[str, object]) -> None:
    done = db.execute(update(people).where(people.c.name == name).values(**values))
    if done.rowcount != 1:
        raise NotFound(f"{name}: nobody of that name has an account here")


def add_group(db: Connection, name: str, now: datetime) -> None:
    """Claim a group's name; raises AlreadyExists."""
    if group_exists(db, name):
        raise AlreadyExists(f"{name}: there is a group of that name")
    db.execute(insert(groups).values(name=name, created_at=now))


def group_exists(db: Connection, name: str) -> bool:
    """Say whether there is a group of that name."""
    return db.execute(select(groups.c.name).where(groups.c.name == name)).first() is not None


def check_group(db: Connection, name: str) -> None:
    """Raise NotFound unless there is a group of that name."""
    if not group_exists(db, name):
        raise NotFound(f"{name}: there is no group of that name")


@dataclass(frozen=True)
class Group:
    """A group, its members and managers by name."""

    name: str
    members: tuple[str, ...]
    managers: tuple[str, ...]


def load_groups(db: Connection) -> list[Group]:
    """Load every group, by name."""
    rows = db.execute(
        select(groups.c.name, people.c.name.label("person"), members.c.manager)
        .select_from(groups)
        .outerjoin(members, members.c.group_name == groups.c.name)
        .outerjoin(people, people.c.id == members.c.person_id)
        .order_by(groups.c.name, people.c.name)
    ).all()
    found: dict[str, tuple[list[str], list[str]]] = {}
    for name, person, manager in rows:
        inside, managing = found.setdefault(name, ([], []))
        if person is not None:
            inside.append(person)
            if manager:
                managing.append(person)
    return [Group(name, tuple(a), tuple(b)) for name, (a, b) in found.items()]


def add_member(db: Connection, group: str, person: Person, now: datetime) -> bool:
    """Put a person into a group; False if they were in it. Raises NotFound for the group."""
    check_group(db, group)
    if group in person.groups:
        return False
    db.execute(
        insert(members).values(group_name=group, person_id=person.id, manager=False, joined_at=now)
    )
    return True


def remove_member(db: Connection, group: str, person: Person) -> None:
    """Take a person out of a group; raises NotFound."""
    done = db.execute(delete(members).where(_membership(group, person)))
    if done.rowcount != 1:
        raise NotFound(f"{person.name} is not in {group}")
    if person.primary_group == group:
        db.execute(update(people).where(people.c.id == person.id).values(primary_group=None))


def set_manager(db: Connection, group: str, person: Person, manager: bool) -> None:
    """Make a member of a group its manager, or not; raises NotFound."""
    done = db.execute(update(members).where(_membership(group, person)).values(manager=manager))
    if done.rowcount != 1:
        raise NotFound(f"{person.name} is not in {group}")


def set_primary(db: Connection, group: str, person: Person) -> None:
    """Make a group of theirs the account a person's servers go to; raises NotFound."""
    if group not in person.groups:
        raise NotFound(f"{person.name} is not in {group}")
    db.execute(update(people).where(people.c.id == person.id).values(primary_group=group))


def _membership(group: str, person: Person):  # type: ignore[no-untyped-def]  # SQL expression
    return (members.c.group_name == group) & (members.c.person_id == person.id)


def _person(db: Connection, row: RowMapping) -> Person:
    joined: Sequence[str] = (
        db.execute(
            select(members.c.group_name)
            .where(members.c.person_id == row["id"])
            .order_by(members.c.joined_at, members.c.group_name)
        )
        .scalars()
        .all()
    )
    primary = row["primary_group"]
    if primary not in joined:
        primary = joined[0] if joined else None
    return Person(
        id=row["id"],
        name=row["name"],
        uid=row["uid"],
        admin=row["admin"],
        disabled=row["disabled"],
        must_change_password=row["must_change_password"],
        groups=tuple(joined),
        primary_group=primary,
    )
