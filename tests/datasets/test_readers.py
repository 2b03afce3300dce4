"""Who finds which datasets in their notebook, and when one may go."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from hub import clock
from hub.dataset_intake import NewDataset, add
from hub.datasets import DatasetMount, grant, load_all, load_mounts, remove
from hub.errors import NotFound, Refused
from hub.house import House
from hub.policy.leases import EndReason
from hub.policy.outcomes import Grant, Placement
from hub.policy.people import Person
from hub.policy.profiles import Profile
from hub.policy.requests import SpawnRequest
from hub.store.leases import NewLease, begin_closing, finish_closing, open_lease
from hub.store.people import NewPerson, add_member, add_person, load_person
from tests.datasets.conftest import NOON

ANN = Person(id=1, name="ann", uid=201001, groups=("field-lab",))
CHARLIE = Person(id=3, name="charlie", uid=201003, groups=("visitors",))


@pytest.fixture
def take(house: House, source: Path, moment: Callable[[], datetime]) -> Callable[..., None]:
    """Give a way to take versions in, a minute apart."""
    plain = NewDataset("leaves", "1", source)

    def take(**changes: object) -> None:
        add(house, replace(plain, **changes), "root", moment())  # type: ignore[arg-type]

    return take


def test_without_a_group_nobody_reads_it(house: House, take: Callable[..., None]) -> None:
    take()
    assert load_mounts(house, ANN) == []


def test_a_group_reads_what_it_was_granted(
    house: House, home: Path, take: Callable[..., None]
) -> None:
    take(readers=("field-lab",))
    folder = home / "datasets" / "leaves" / "1"
    assert load_mounts(house, ANN) == [DatasetMount("raw", "leaves", folder)]
    assert load_mounts(house, CHARLIE) == []


def test_everyone_reads_what_everyone_was_granted(house: House, take: Callable[..., None]) -> None:
    take(readers=("everyone",))
    for person in (ANN, CHARLIE, Person(id=9, name="root", uid=201000)):
        assert [mount.name for mount in load_mounts(house, person)] == ["leaves"]


def test_a_later_grant_counts(house: House, take: Callable[..., None]) -> None:
    take()
    assert [d.readers for d in grant(house, "leaves", ["visitors"], "root", NOON)] == [
        ("visitors",)
    ]
    assert [mount.name for mount in load_mounts(house, CHARLIE)] == ["leaves"]


def test_a_grant_to_nobody_known_changes_nothing(house: House, take: Callable[..., None]) -> None:
    take()
    with pytest.raises(NotFound, match="strangers"):
        grant(house, "leaves", ["visitors", "strangers"], "root", NOON)
    with pytest.raises(NotFound, match="roses"):
        grant(house, "roses", ["visitors"], "root", NOON)
    assert load_all(house)[0].readers == ()


def test_the_version_added_last_wins(house: House, take: Callable[..., None]) -> None:
    take(version="10", readers=("everyone",))
    take(version="9")
    assert [mount.folder.name for mount in load_mounts(house, ANN)] == ["9"]


def test_raw_and_processed_of_one_name_stand_side_by_side(
    house: House, take: Callable[..., None]
) -> None:
    take(version="1", readers=("everyone",))
    take(version="1-cropped", kind="processed")
    mounts = [(mount.kind, mount.folder.name) for mount in load_mounts(house, ANN)]
    assert mounts == [("processed", "1-cropped"), ("raw", "1")]


def test_removing_takes_files_and_manifest(
    house: House, home: Path, take: Callable[..., None]
) -> None:
    take()
    remove(house, "leaves", "1", "root", NOON)
    assert load_all(house) == []
    assert {p.name for p in (home / "datasets").iterdir()} == {".lock"}


def test_removing_leaves_the_other_version(
    house: House, home: Path, take: Callable[..., None]
) -> None:
    take(version="1", readers=("everyone",))
    take(version="2")
    remove(house, "leaves", "2", "root", NOON)
    assert [mount.folder.name for mount in load_mounts(house, ANN)] == ["1"]
    assert {p.name for p in (home / "datasets/leaves").iterdir()} == {"1", "1.manifest.json"}


def test_removing_what_is_not_there_is_named(house: House) -> None:
    with pytest.raises(NotFound, match="leaves 1"):
        remove(house, "leaves", "1", "root", NOON)


def open_server(house: House, name: str, group: str) -> int:
    """Give somebody of a group an open lease; gives its number."""
    profile = Profile("notebook", {"en": "Notebook"}, Fraction(1), 1024, (), (Fraction(0),))
    grant_ = Grant(Placement("local"), timedelta(hours=1), f"group:{group}")
    with house.database.write() as db:
        uid = 201000 + sum(map(ord, name))
        person = add_person(db, NewPerson(name, uid, False, None, False), NOON)
        add_member(db, group, person, NOON)
        person = load_person(db, name)
        new = NewLease(person, "", SpawnRequest("notebook", Fraction(0)), profile, grant_)
        return open_lease(db, new, NOON, house.zone).id


def test_a_dataset_that_may_be_mounted_stays(
    house: House, home: Path, take: Callable[..., None]
) -> None:
    take(readers=("field-lab",))
    lease = open_server(house, "ann", "field-lab")
    with pytest.raises(Refused, match=rf"1 server\(s\) .*lease {lease} of ann"):
        remove(house, "leaves", "1", "root", NOON)
    assert (home / "datasets/leaves/1/svm.txt").is_file()
    assert len(load_all(house)) == 1


def test_others_servers_do_not_hold_a_dataset(house: House, take: Callable[..., None]) -> None:
    take(readers=("field-lab",))
    open_server(house, "charlie", "visitors")
    remove(house, "leaves", "1", "root", NOON)
    assert load_all(house) == []


def test_a_closed_lease_holds_no_dataset(house: House, take: Callable[..., None]) -> None:
    take(readers=("everyone",))
    lease = open_server(house, "ann", "field-lab")
    with house.database.write() as db:
        begin_closing(db, lease, EndReason.RELEASE, NOON)
        finish_closing(db, lease, NOON, clock.boot(), house.zone)
    remove(house, "leaves", "1", "root", NOON)
    assert load_all(house) == []
