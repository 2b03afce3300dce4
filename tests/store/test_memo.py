"""What is remembered of rows is never taken for other rows, whatever was rolled back."""

from contextlib import suppress
from dataclasses import replace

import pytest

from hub.policy.gpus import Gpu
from hub.store.database import Database
from hub.store.gpus import load_fleet, replace_node
from hub.store.holdings import load_holdings, load_taken
from tests.store.conftest import NOON, add, grant_of, lease_for

GPU = Gpu("GPU-a", "A GPU", "local", "A GPU", 81_920, 4)
OTHER = replace(GPU, uuid="GPU-b")


class ChangedMyMind(Exception):
    """What ends a transaction halfway."""


def test_a_lease_that_was_rolled_back_is_not_taken_for_the_next(database: Database) -> None:
    with database.write() as db:
        ann, bob = add(db, "ann"), add(db, "bob")
    with suppress(ChangedMyMind), database.write() as db:
        lease_for(db, ann, grant_of("GPU-a", 0))
        assert [slot.person_id for slot in load_taken(db)] == [ann.id]
        raise ChangedMyMind
    with database.write() as db:
        lease_for(db, bob, grant_of("GPU-a", 0))
    with database.read() as db:
        assert [slot.person_id for slot in load_taken(db)] == [bob.id]


def test_a_gpu_that_was_rolled_back_is_not_taken_for_the_next(database: Database) -> None:
    with database.write() as db:
        replace_node(db, "local", [GPU, OTHER], NOON)
    with suppress(ChangedMyMind), database.write() as db:
        replace_node(db, "local", [replace(GPU, health="fault"), OTHER], NOON)
        assert [gpu.health for gpu in load_fleet(db).gpus] == ["fault", "ok"]
        raise ChangedMyMind
    with database.write() as db:
        replace_node(db, "local", [GPU, replace(OTHER, health="fault")], NOON)
    with database.read() as db:
        assert [gpu.health for gpu in load_fleet(db).gpus] == ["ok", "fault"]


def test_the_same_rows_are_the_same_fleet_and_holdings(database: Database) -> None:
    with database.write() as db:
        replace_node(db, "local", [GPU], NOON)
        lease_for(db, add(db, "ann"), grant_of("GPU-a", 0))
    with database.read() as db:
        first = load_holdings(db)
    with database.write() as db:
        replace_node(db, "local", [GPU], NOON)
    with database.read() as db:
        assert load_holdings(db) is first


@pytest.mark.parametrize("health", ["fault", "unknown"])
def test_a_gpu_that_changes_is_seen_so_at_once(database: Database, health: str) -> None:
    with database.write() as db:
        replace_node(db, "local", [GPU], NOON)
    with database.read() as db:
        assert load_fleet(db).healthy == 400
    with database.write() as db:
        replace_node(db, "local", [replace(GPU, health=health)], NOON)
    with database.read() as db:
        assert load_fleet(db).healthy == 0


@pytest.mark.parametrize("came", [[], [replace(OTHER, uuid="GPU-c")]])
def test_a_gpu_that_went_is_seen_so_at_once_whatever_comes_for_it(
    database: Database, came: list[Gpu]
) -> None:
    with database.write() as db:
        replace_node(db, "local", [GPU, replace(OTHER, simulated=True)], NOON)
    with database.read() as db:
        assert len(load_fleet(db).gpus) == 2
    with database.write() as db:
        replace_node(db, "local", [GPU], NOON)
    with database.write() as db:
        replace_node(db, "local", [GPU, *came], NOON)
    with database.read() as db:
        assert list(load_fleet(db).gpus) == [GPU, *came]
