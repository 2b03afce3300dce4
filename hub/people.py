"""People: accounts from claiming a name to disabling it; every change leaves an audit row.

Hashing a password takes time, so it is done before a transaction begins, never inside.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from hub import folders, passwords
from hub.errors import AlreadyExists, Refused
from hub.house import House
from hub.names import ROOT, parse_person_name
from hub.policy.ceilings import GPUS, LEASE_HOURS, SERVERS, Quota
from hub.policy.leases import EndReason, Lease
from hub.policy.people import SITE, Person
from hub.store import ceilings, leases
from hub.store import people as rows
from hub.store.audit import happened, write
from hub.store.people import NewPerson

FIRST_UID = 1000
"""Added to `users.uid_base`: the uids before it are the units'."""

FIRST_QUOTAS = {GPUS: Fraction(1), SERVERS: Fraction(1), LEASE_HOURS: Fraction(8)}
"""What a new station allows everybody; without it nobody could start anything."""


def add_person(  # noqa: PLR0913 - what is told of somebody new, all of it by keyword
    house: House,
    name: str,
    *,
    admin: bool = False,
    groups: Sequence[str] = (),
    password: str | None = None,
    actor: str,
    now: datetime,
) -> tuple[Person, str | None]:
    """Claim a name, put its owner into groups and make their folders.

    Without a password they get a one-time password, which is given back. Raises BadValue,
    AlreadyExists, NotFound (a group) or Refused, and then nothing was changed.
    """
    name = parse_person_name(name)
    one_time = passwords.make_one_time() if password is None else None
    if password is not None:
        passwords.check_lasting(password)
    _check_claim(house, name, groups)
    password_hash = passwords.hash_password(one_time or password or "")
    with house.database.write() as db:
        uid = rows.next_uid(db, house.settings.users.uid_base + FIRST_UID)
        new = NewPerson(name, uid, admin, password_hash, one_time is not None)
        person = rows.add_person(db, new, now)
        for order, group in enumerate(dict.fromkeys(groups)):
            rows.add_member(db, group, person, now + timedelta(microseconds=order))
        person = rows.load_person(db, name)
        detail = {"name": name, "uid": uid, "admin": admin, "groups": person.groups}
        write(db, actor, "user add", detail, now)
    folders.ensure_folders(house.station, person)
    return person, one_time


def ensure_root(house: House, now: datetime) -> str | None:
    """Make the first administrator and the first site quotas; gives a one-time password, once."""
    with house.database.read() as db:
        root = rows.find_person(db, ROOT)
    one_time = None
    if root is None:
        _, one_time = add_person(house, ROOT, admin=True, actor="up", now=now)
    _ensure_first_quotas(house, now)
    return one_time


def ensure_all_folders(house: House) -> None:
    """Make or put right everybody's folders; raises Refused with all that is in the way."""
    with house.database.read() as db:
        everybody = rows.load_people(db)
    problems = []
    for person in everybody:
        try:
            folders.ensure_folders(house.station, person)
        except Refused as problem:
            problems.append(str(problem))
    if problems:
        raise Refused("; ".join(problems))


def load_people(house: House) -> list[Person]:
    """Load everybody, by name."""
    with house.database.read() as db:
        return rows.load_people(db)


def load_person(house: House, name: str) -> Person:
    """Load one person; raises NotFound."""
    with house.database.read() as db:
        return rows.load_person(db, name)


def disable(house: House, name: str, actor: str, now: datetime) -> list[Lease]:
    """Disable an account and begin to end its leases, which are given back; raises NotFound.

    The steward stops the servers, and the hub ends cookies and tokens on their next use.
    """
    with house.database.write() as db:
        person = rows.load_person(db, name)
        if not person.disabled:
            _check_not_last_administrator(db, person)
            rows.set_disabled(db, name, disabled=True)
            write(db, actor, "user disable", {"name": name}, now)
        for lease in leases.load_open_of(db, person):
            leases.begin_closing(db, lease.id, EndReason.REVOKE, now)
        return list(leases.load_open_of(db, person))


def enable(house: House, name: str, actor: str, now: datetime) -> Person:
    """Let a disabled person in again; raises NotFound."""
    with house.database.write() as db:
        if rows.load_person(db, name).disabled:
            rows.set_disabled(db, name, disabled=False)
            write(db, actor, "user enable", {"name": name}, now)
        return rows.load_person(db, name)


def reset_password(house: House, name: str, actor: str, now: datetime) -> str:
    """Replace a password by a one-time password, which is given back; raises NotFound."""
    load_person(house, name)
    one_time = passwords.make_one_time()
    password_hash = passwords.hash_password(one_time)
    with house.database.write() as db:
        rows.set_password(db, name, password_hash, must_change=True)
        write(db, actor, "user reset-password", {"name": name}, now)
    return one_time


def set_password(house: House, name: str, password_hash: str, now: datetime) -> None:
    """Replace a person's password by the lasting one they chose, already hashed."""
    with house.database.write() as db:
        rows.set_password(db, name, password_hash, must_change=False)
        write(db, name, "password change", {"name": name}, now)


def _check_claim(house: House, name: str, groups: Sequence[str]) -> None:
    """Refuse early, before time goes into hashing; the keys of the tables decide all the same."""
    with house.database.read() as db:
        if rows.find_person(db, name):
            raise AlreadyExists(f"{name}: that name is taken, and a name is never given twice")
        for group in groups:
            rows.check_group(db, group)
    folders.check_free(house.station, name)


def _check_not_last_administrator(db: Connection, person: Person) -> None:
    others = [p for p in rows.load_people(db) if p.admin and not p.disabled and p.id != person.id]
    if person.admin and not others:
        raise Refused(f"{person.name} is the only administrator; add another one first")


def _ensure_first_quotas(house: House, now: datetime) -> None:
    with house.database.write() as db:
        if ceilings.anything_set(db) or happened(db, "quota set"):
            return
        for kind, value in FIRST_QUOTAS.items():
            ceilings.set_ceiling(db, SITE, kind, Quota(value))
        detail = {"scope": SITE, **{kind: str(value) for kind, value in FIRST_QUOTAS.items()}}
        write(db, "up", "quota set", detail, now)
