"""Wrong passwords, counted for each account and address together."""

from datetime import timedelta

from hub.store.database import Database
from hub.store.log_ins import WINDOW, add_failure, clear_failures, load_failures
from tests.store.conftest import NOON


def test_failures_are_counted_from_the_first_one(database: Database) -> None:
    with database.write() as db:
        for minute in range(3):
            add_failure(db, "ann", "192.0.2.1", NOON + timedelta(minutes=minute))
        at = NOON + timedelta(minutes=5)
        assert load_failures(db, "ann", "192.0.2.1", at) == (3, NOON + WINDOW)


def test_a_pair_is_account_and_address_together(database: Database) -> None:
    with database.write() as db:
        add_failure(db, "ann", "192.0.2.1", NOON)
        assert load_failures(db, "ann", "192.0.2.2", NOON) == (0, None)
        assert load_failures(db, "bob", "192.0.2.1", NOON) == (0, None)


def test_after_its_window_a_pair_begins_anew(database: Database) -> None:
    later = NOON + WINDOW
    with database.write() as db:
        for _ in range(5):
            add_failure(db, "ann", "192.0.2.1", NOON)
        assert load_failures(db, "ann", "192.0.2.1", later) == (0, None)
        add_failure(db, "ann", "192.0.2.1", later)
        assert load_failures(db, "ann", "192.0.2.1", later) == (1, later + WINDOW)


def test_a_log_in_forgets_its_pair_only(database: Database) -> None:
    with database.write() as db:
        add_failure(db, "ann", "192.0.2.1", NOON)
        add_failure(db, "ann", "192.0.2.2", NOON)
        clear_failures(db, "ann", "192.0.2.1")
        assert load_failures(db, "ann", "192.0.2.1", NOON)[0] == 0
        assert load_failures(db, "ann", "192.0.2.2", NOON)[0] == 1
