import os
from pathlib import Path

import pytest

from admin.setup import folders
from hub.station import Uids

UIDS = Uids(hub=7001, steward=7002, agent=7003, console=7004)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives folders away, which takes root")


def rights(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid, status.st_mode & 0o7777


@needs_root
def test_each_unit_gets_just_its_own_folders(tmp_path: Path) -> None:
    folders.ensure_folders(tmp_path, UIDS, 7000)
    state = tmp_path / "state"
    assert rights(state / "db") == (0, 7000, 0o2770)
    assert rights(state / "hub") == (7001, 7000, 0o700)
    assert rights(state / "run" / "agent") == (7003, 7000, 0o2750)
    assert rights(tmp_path / "homes") == (0, 0, 0o711)


@needs_root
def test_rights_that_were_changed_are_put_right(tmp_path: Path) -> None:
    folders.ensure_folders(tmp_path, UIDS, 7000)
    (tmp_path / "state" / "db").chmod(0o777)
    folders.ensure_folders(tmp_path, UIDS, 7000)
    assert rights(tmp_path / "state" / "db") == (0, 7000, 0o2770)


def test_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "homes").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="homes"):
        folders.ensure_folder(tmp_path / "homes", 0o700)


def test_a_file_that_says_the_same_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "file"
    owner = {"uid": os.geteuid(), "gid": os.getegid()}
    assert folders.replace_file(path, "text", **owner)
    before = path.stat().st_ino
    assert not folders.replace_file(path, "text", **owner)
    assert path.stat().st_ino == before


def test_a_file_is_replaced_whole_and_leaves_no_scrap(tmp_path: Path) -> None:
    path = tmp_path / "file"
    owner = {"uid": os.geteuid(), "gid": os.getegid()}
    folders.replace_file(path, "old", **owner)
    (tmp_path / ".file.new").write_text("left by a process that was killed")
    folders.replace_file(path, "new", mode=0o600, **owner)
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
