"""What people were told, as rows: one thing is said once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from hub.policy.people import Person
from hub.store import notices
from hub.store.database import Database
from hub.store.notices import NewNotice
from hub.store.waiting_schema import notices as table
from tests.store.conftest import NOON, add

HOUR = timedelta(hours=1)


@pytest.fixture
def ann(database: Database) -> Person:
    """Somebody to be told things."""
    with database.write() as db:
        return add(db, "ann")


@pytest.fixture
def end(ann: Person) -> NewNotice:
    """That a lease of hers ends."""
    return NewNotice(ann.id, "lease:1", "expires-30", NOON + HOUR, {"server": "结果"})


def test_what_is_said_is_what_is_loaded(database: Database, ann: Person, end: NewNotice) -> None:
    with database.write() as db:
        notices.add_notice(db, end, NOON)
        (found,) = notices.load_of(db, ann.id, NOON)
        assert notices.load_about(db, "lease:1") == [found]
    assert (found.kind, found.until, found.at) == ("expires-30", NOON + HOUR, NOON)
    assert found.detail == {"server": "结果"}


@pytest.mark.parametrize("until", [NOON + HOUR, None])
def test_one_thing_is_said_once(database: Database, end: NewNotice, until: object) -> None:
    end = replace(end, until=until)  # type: ignore[arg-type]
    with database.write() as db:
        assert notices.add_notice(db, end, NOON)
        assert not notices.add_notice(db, end, NOON + HOUR)
        assert len(notices.load_about(db, "lease:1")) == 1


def test_the_key_refuses_what_was_said_whoever_says_it(database: Database, end: NewNotice) -> None:
    with database.write() as db:
        notices.add_notice(db, end, NOON)
    row = {**vars(end), "detail": "{}", "at": NOON}
    with pytest.raises(IntegrityError), database.write() as db:
        db.execute(table.insert().values(**row))


def test_another_end_is_another_thing(database: Database, end: NewNotice) -> None:
    with database.write() as db:
        notices.add_notice(db, end, NOON)
        assert notices.add_notice(db, replace(end, until=NOON + 2 * HOUR), NOON)
        assert notices.add_notice(db, replace(end, kind="expires-10"), NOON)


def test_what_is_old_is_forgotten(database: Database, end: NewNotice) -> None:
    with database.write() as db:
        notices.add_notice(db, end, NOON)
        assert notices.forget_before(db, NOON) == 0
        assert notices.forget_before(db, NOON + HOUR) == 1
