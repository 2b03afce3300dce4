"""`./allotment demo`: synthetic leaves and the cast."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from admin import demonstration
from admin.main import run
from hub import clock, datasets, passwords, people
from hub.errors import Refused
from hub.house import House
from hub.policy.outcomes import Grant, Placement
from hub.policy.profiles import Profile
from hub.policy.requests import SpawnRequest
from hub.store.leases import NewLease, finish_closing, open_lease
from hub.store.people import load_password_hash, load_person, remove_member
from tests.houses import found_station

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CAST = ["ann", "bob", "charlie"]
Told = tuple[int, Any]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Found a station without anybody."""
    house = found_station(tmp_path / "home")
    for name in ("incoming", "datasets"):
        (house.station.home / name).mkdir()
    monkeypatch.setenv("ALLOTMENT_HOME", str(house.station.home))
    yield house
    house.database.dispose()


@pytest.fixture
def demo(house: House, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run the command with --json; gives status and document."""

    def demo(*words: str) -> Told:
        status = run(["demo", *words, "--json"])
        return status, json.loads(capsys.readouterr().out)

    return demo


def one_time_passwords(document: Any) -> dict[str, str]:
    """Read who got which one-time password."""
    return {
        person["name"]: person["one_time_password"]
        for person in document["people"]
        if "one_time_password" in person
    }


def open_server(house: House, name: str) -> int:
    """Give somebody an open lease; gives its number."""
    profile = Profile("notebook", {"en": "Notebook"}, Fraction(1), 1024, (), (Fraction(0),))
    grant = Grant(Placement("local"), timedelta(hours=1), "site")
    with house.database.write() as db:
        request = SpawnRequest("notebook", Fraction(0))
        new = NewLease(load_person(db, name), "", request, profile, grant)
        return open_lease(db, new, NOON, house.zone).id


def test_it_makes_leaves_for_everyone(house: House) -> None:
    leaves = demonstration.ensure_leaves(house, "root", NOON, per_class=2)
    assert (leaves.name, leaves.version, leaves.kind) == ("leaves-synthetic", "1", "raw")
    assert leaves.readers == ("everyone",)
    folder = house.station.home / "datasets/leaves-synthetic/1"
    assert len(list(folder.glob("*___*/*.JPG"))) >= 12
    assert (folder / "LICENSE").read_text().strip() == "CC0-1.0"
    assert list((house.station.home / "incoming").iterdir()) == []


def test_it_adds_the_cast_with_one_time_passwords(house: House, demo: Callable[..., Told]) -> None:
    leaves = demonstration.ensure_leaves(house, "root", NOON, per_class=1)
    status, document = demo()
    assert status == 0
    assert document["dataset"] == {
        "name": "leaves-synthetic",
        "version": "1",
        "kind": "raw",
        "files": leaves.files,
        "size_bytes": leaves.size_bytes,
    }
    assert document["groups"] == [
        {"name": "field-lab", "members": ["ann", "bob"]},
        {"name": "visitors", "members": ["charlie"]},
    ]
    assert [(p["name"], p["groups"]) for p in document["people"]] == [
        ("ann", ["field-lab"]),
        ("bob", ["field-lab"]),
        ("charlie", ["visitors"]),
    ]
    assert list(one_time_passwords(document)) == CAST
    for name, password in one_time_passwords(document).items():
        with house.database.read() as db:
            assert passwords.verify(load_password_hash(db, name) or "", password)
            assert load_person(db, name).must_change_password


@pytest.fixture
def ready(house: House) -> dict[str, str]:
    """Have a small demonstration; gives the one-time passwords."""
    demonstration.ensure_leaves(house, "root", NOON, per_class=1)
    cast = demonstration.ensure_cast(house, "root", NOON)
    return {member.person.name: member.one_time_password or "" for member in cast}


@pytest.mark.usefixtures("ready")
def test_repeated_it_changes_nothing(house: House, demo: Callable[..., Told]) -> None:
    with house.database.read() as db:
        before = [load_password_hash(db, name) for name in CAST]
    status, document = demo()
    assert (status, one_time_passwords(document)) == (0, {})
    assert [person["name"] for person in document["people"]] == CAST
    with house.database.read() as db:
        assert [load_password_hash(db, name) for name in CAST] == before


@pytest.mark.usefixtures("ready")
def test_removed_the_cast_is_out_and_their_names_stay_claimed(
    house: House, demo: Callable[..., Told]
) -> None:
    status, document = demo("--remove")
    assert status == 0
    assert document["dataset"] is None
    assert [(p["name"], p["disabled"]) for p in document["people"]] == [
        (name, True) for name in CAST
    ]
    assert [p.name for p in people.load_people(house) if p.disabled] == CAST
    assert datasets.load_all(house) == []


def test_after_remove_the_same_people_get_new_passwords(
    house: House, ready: dict[str, str]
) -> None:
    before = {person.name: person.id for person in people.load_people(house)}
    demonstration.remove(house, "root", NOON)
    demonstration.ensure_leaves(house, "root", NOON, per_class=1)
    cast = demonstration.ensure_cast(house, "root", NOON)
    assert {m.person.name: m.person.id for m in cast} == before
    assert not any(m.person.disabled for m in cast)
    for member in cast:
        assert member.one_time_password not in (None, ready[member.person.name])


def test_removing_what_was_never_made_is_harmless(demo: Callable[..., Told]) -> None:
    status, document = demo("--remove")
    assert (status, document["people"]) == (0, [])


@pytest.mark.parametrize("words", [(), ("--remove",)])
def test_where_others_work_it_asks_for_yes(
    house: House, demo: Callable[..., Told], words: tuple[str, ...]
) -> None:
    people.add_person(house, "dora", password="a lasting password", actor="root", now=NOON)
    status, document = demo(*words)
    assert status == 1
    assert "dora" in document["error"]["message"]
    assert "--yes" in document["error"]["message"]
    assert [person.name for person in people.load_people(house)] == ["dora"]
    assert datasets.load_all(house) == []


@pytest.mark.usefixtures("ready")
def test_with_yes_it_goes_on_where_others_work(house: House, demo: Callable[..., Told]) -> None:
    people.add_person(house, "dora", password="a lasting password", actor="root", now=NOON)
    assert demo("--yes")[0] == 0


def test_root_is_nobody_else(house: House) -> None:
    people.ensure_root(house, NOON)
    demonstration.check_alone(house, yes=False)


@pytest.mark.usefixtures("ready")
def test_somebody_taken_out_of_the_group_is_put_back(house: House) -> None:
    with house.database.write() as db:
        remove_member(db, "field-lab", load_person(db, "ann"))
    ann = demonstration.ensure_cast(house, "root", NOON)[0]
    assert ann.person.groups == ("field-lab",)


@pytest.mark.usefixtures("ready")
def test_others_servers_keep_the_leaves(house: House) -> None:
    people.add_person(house, "dora", password="a lasting password", actor="root", now=NOON)
    lease = open_server(house, "dora")
    with pytest.raises(Refused, match=f"lease {lease} of dora"):
        demonstration.remove(house, "root", NOON)
    assert not any(person.disabled for person in people.load_people(house))
    assert len(datasets.load_all(house)) == 1


@pytest.mark.usefixtures("ready")
def test_a_server_that_still_stops_keeps_the_leaves_until_the_next_try(house: House) -> None:
    lease = open_server(house, "ann")
    with pytest.raises(Refused, match=rf"lease {lease} of ann.*run .*--remove again"):
        demonstration.remove(house, "root", NOON, patience_s=0)
    assert len(datasets.load_all(house)) == 1
    with house.database.write() as db:
        finish_closing(db, lease, NOON, clock.boot(), house.zone)
    assert demonstration.remove(house, "root", NOON, patience_s=0) == CAST
    assert datasets.load_all(house) == []


def test_a_drawing_that_was_killed_is_begun_again(house: House) -> None:
    left = house.station.home / "incoming" / ".leaves-synthetic" / "half"
    left.mkdir(parents=True)
    (left / "picture.JPG").write_bytes(b"half")
    leaves = demonstration.ensure_leaves(house, "root", NOON, per_class=1)
    manifest = datasets.read_manifest(house, leaves)
    assert b"half" not in manifest
