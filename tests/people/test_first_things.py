"""What the first `up` makes: the administrator and the first quotas."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from hub import people, quotas
from hub.errors import Refused
from hub.house import House
from hub.policy.ceilings import Quota

FIRST = {
    kind: Quota(Fraction(value))
    for kind, value in {"gpus": 1, "servers": 1, "lease_hours": 8}.items()
}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_root_is_made_once_with_a_one_time_password(house: House) -> None:
    assert people.ensure_root(house, NOON) is not None
    assert people.ensure_root(house, NOON) is None
    (root,) = people.load_people(house)
    assert (root.name, root.admin, root.must_change_password) == ("root", True, True)
    assert root.uid == house.settings.users.uid_base + 1000


def test_a_new_station_allows_one_gpu_one_server_and_eight_hours(house: House) -> None:
    people.ensure_root(house, NOON)
    assert quotas.load_quotas(house, "site", NOON).set_here == FIRST


def test_quotas_somebody_removed_do_not_come_back(house: House) -> None:
    people.ensure_root(house, NOON)
    gone = {"gpus": None, "servers": None, "lease_hours": None}
    quotas.set_quotas(house, "site", gone, "test", NOON)
    people.ensure_root(house, NOON)
    assert quotas.load_quotas(house, "site", NOON).set_here == {}


def test_folders_that_went_missing_are_made_again(house: House) -> None:
    people.ensure_root(house, NOON)
    home = house.station.home / "homes" / "root"
    home.rmdir()
    people.ensure_all_folders(house)
    assert home.stat().st_uid == people.load_person(house, "root").uid


def test_everything_in_the_way_of_folders_is_named_at_once(house: House) -> None:
    for name in ("ann", "bob"):
        people.add_person(house, name, actor="test", now=NOON)
        folder = house.station.home / "homes" / name
        folder.rmdir()
        folder.symlink_to("/etc")
    with pytest.raises(Refused, match=r"homes/ann.*homes/bob"):
        people.ensure_all_folders(house)
