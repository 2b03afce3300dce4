"""People and groups as rows."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from hub.errors import AlreadyExists, NotFound
from hub.store import people
from hub.store.database import Database
from tests.store.conftest import NOON, add


def test_a_name_is_claimed_once(database: Database) -> None:
    with database.write() as db:
        add(db, "ann")
    with pytest.raises(AlreadyExists), database.write() as db:
        add(db, "ann")


def test_a_disabled_persons_name_is_never_given_again(database: Database) -> None:
    with database.write() as db:
        add(db, "ann")
        people.set_disabled(db, "ann", disabled=True)
    with pytest.raises(AlreadyExists), database.write() as db:
        add(db, "ann")


def test_two_people_never_share_a_uid(database: Database) -> None:
    with database.write() as db:
        add(db, "ann", 201000)
    with pytest.raises(IntegrityError), database.write() as db:
        add(db, "bob", 201000)


def test_a_uid_is_one_more_than_anybodys(database: Database) -> None:
    with database.write() as db:
        assert people.next_uid(db, 201000) == 201000
        add(db, "ann", 201007)
        assert people.next_uid(db, 201000) == 201008
        assert people.next_uid(db, 301000) == 301000


def test_what_fails_in_a_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(NotFound), database.write() as db:
        people.add_member(db, "nowhere", add(db, "ann"), NOON)
    with database.read() as db:
        assert people.load_people(db) == []


def test_groups_are_listed_in_the_order_they_were_joined(database: Database) -> None:
    with database.write() as db:
        add(db, "ann")
        for name in ("alpha", "zeta"):
            people.add_group(db, name, NOON)
        people.add_member(db, "zeta", people.load_person(db, "ann"), NOON)
        later = NOON + timedelta(days=1)
        people.add_member(db, "alpha", people.load_person(db, "ann"), later)
        person = people.load_person(db, "ann")
    assert (person.groups, person.primary_group) == (("zeta", "alpha"), "zeta")


def test_leaving_the_primary_group_makes_the_first_joined_primary(database: Database) -> None:
    with database.write() as db:
        add(db, "ann")
        for name in ("alpha", "beta"):
            people.add_group(db, name, NOON)
            people.add_member(db, name, people.load_person(db, "ann"), NOON)
        people.set_primary(db, "beta", people.load_person(db, "ann"))
        people.remove_member(db, "beta", people.load_person(db, "ann"))
        assert people.load_person(db, "ann").primary_group == "alpha"


def test_a_group_without_members_is_listed(database: Database) -> None:
    with database.write() as db:
        people.add_group(db, "empty", NOON)
        assert [(g.name, g.members) for g in people.load_groups(db)] == [("empty", ())]


@pytest.mark.parametrize("name", ["ghost", "Ann", "ann ", ""])
def test_another_spelling_is_nobody(database: Database, name: str) -> None:
    with database.write() as db:
        add(db, "ann")
        assert people.find_person(db, name) is None
        assert people.load_password_hash(db, name) is None
        with pytest.raises(NotFound):
            people.set_password(db, name, "hash", must_change=False)
