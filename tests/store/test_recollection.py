"""The past is read once in some minutes, whoever asks."""

from datetime import timedelta
from threading import Thread

import pytest

from hub.store.database import Database
from hub.store.recollection import KEPT, Recollection
from tests.store.conftest import add, grant_of, lease_for
from tests.store.test_history import DAY, floor_at, run_for

HALF = timedelta(hours=2)


def test_what_was_read_is_remembered(database: Database) -> None:
    recollection = Recollection()
    with database.write() as db:
        run_for(db, lease_for(db, add(db, "ann"), grant_of("GPU-1", 0)), HALF)
        first = recollection.of(db, floor_at(1))
        assert first.used == (0.5,)
        run_for(db, lease_for(db, add(db, "bob"), grant_of("GPU-1", 0)), HALF)
        assert recollection.of(db, floor_at(1 + 0.9 * (KEPT / DAY))) is first


@pytest.mark.parametrize("later", [KEPT / DAY, -0.01])
def test_it_is_read_anew_when_it_is_old_or_the_clock_was_set_back(
    database: Database, later: float
) -> None:
    recollection = Recollection()
    with database.write() as db:
        run_for(db, lease_for(db, add(db, "ann"), grant_of("GPU-1", 0)), HALF)
        recollection.of(db, floor_at(1))
        run_for(db, lease_for(db, add(db, "bob"), grant_of("GPU-1", 0)), HALF)
        assert len(recollection.of(db, floor_at(1 + later)).used) == 2


def test_all_who_ask_at_once_are_answered(database: Database) -> None:
    recollection = Recollection()
    with database.write() as db:
        run_for(db, lease_for(db, add(db, "ann"), grant_of("GPU-1", 0)), HALF)
    found: list[tuple[float, ...]] = []

    def ask() -> None:
        with database.read() as db:
            found.append(recollection.of(db, floor_at(1)).used)

    asking = [Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert found == [(0.5,)] * 4
