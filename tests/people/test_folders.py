"""A person's folders, made without ever following a link."""

import os
import stat

import pytest

from hub import folders
from hub.errors import Refused
from hub.house import House
from hub.policy.people import Person

ANN = Person(1, "ann", 201000)


def test_folders_are_theirs_alone_and_twice_is_harmless(house: House) -> None:
    for _ in range(2):
        folders.ensure_folders(house.station, ANN)
    for parent in ("homes", "outputs"):
        facts = (house.station.home / parent / "ann").stat()
        assert (facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)) == (201000, 201000, 0o700)


def test_a_mode_somebody_loosened_is_put_right(house: House) -> None:
    folders.ensure_folders(house.station, ANN)
    home = house.station.home / "homes" / "ann"
    home.chmod(0o777)
    folders.ensure_folders(house.station, ANN)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.parametrize("parent", ["homes", "outputs", "state/people"])
def test_a_link_in_the_place_of_a_folder_is_refused_and_its_target_untouched(
    house: House, parent: str
) -> None:
    target = house.station.home / "target"
    target.mkdir()
    before = target.stat()
    (house.station.home / parent / "ann").symlink_to(target)
    with pytest.raises(Refused, match="not a plain folder"):
        folders.ensure_folders(house.station, ANN)
    assert (target.stat().st_uid, target.stat().st_mode) == (before.st_uid, before.st_mode)
    assert list(target.iterdir()) == []


def test_a_folder_of_somebody_else_is_refused(house: House) -> None:
    home = house.station.home / "homes" / "ann"
    home.mkdir()
    os.chown(home, 201001, 201001)
    with pytest.raises(Refused, match="belongs to uid 201001"):
        folders.ensure_folders(house.station, ANN)


def test_a_link_in_the_place_of_passwd_is_replaced_and_its_target_untouched(house: House) -> None:
    folders.ensure_folders(house.station, ANN)
    target = house.station.home / "target"
    target.write_text("keep")
    passwd = house.station.state / "people" / "ann" / "passwd"
    passwd.unlink()
    passwd.symlink_to(target)
    folders.ensure_folders(house.station, ANN)
    assert not passwd.is_symlink()
    assert passwd.read_text() == folders.passwd_text(ANN)
    assert target.read_text() == "keep"


def test_passwd_names_the_person_root_and_nobody() -> None:
    assert folders.passwd_text(ANN) == (
        "ann:x:201000:201000::/home/ann:/bin/bash\n"
        "root:x:0:0:root:/root:/usr/sbin/nologin\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    )
    assert folders.group_text(ANN) == "ann:x:201000:\nroot:x:0:\nnogroup:x:65534:\n"


def test_the_person_named_root_is_not_uid_0() -> None:
    text = folders.passwd_text(Person(2, "root", 201001))
    assert [line.split(":")[2] for line in text.splitlines()] == ["201001", "65534"]
