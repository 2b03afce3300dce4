import os
from pathlib import Path

import pytest

from admin.setup import secret_files
from hub.station import Uids

ME = os.geteuid()
UIDS = Uids(hub=ME, steward=ME, agent=ME, console=ME)

pytestmark = pytest.mark.skipif(ME != 0, reason="gives files to other uids, which takes root")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    secret_files.ensure_secrets(tmp_path, UIDS, 4711)
    return tmp_path


def test_every_secret_is_closed_to_others(folder: Path) -> None:
    modes = {path.stat().st_mode & 0o777 for path in folder.glob("*/*")}
    assert modes == {0o600}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o700}


def test_each_secret_belongs_to_the_unit_that_reads_it(tmp_path: Path) -> None:
    uids = Uids(hub=7001, steward=7002, agent=7003, console=7004)
    secret_files.ensure_secrets(tmp_path, uids, 7000)
    owners = {path.parent.name: path.stat().st_uid for path in tmp_path.glob("*/*")}
    assert owners == {"hub": 7001, "steward": 7002, "agent": 7003, "proxy": 0}


def test_holders_of_one_secret_hold_the_same(folder: Path) -> None:
    copies = [folder / unit / name for unit, name in secret_files.SHARED["agent_token"]]
    assert len({path.read_text() for path in copies}) == 1


def test_no_two_secrets_are_the_same(folder: Path) -> None:
    found = {path.read_text() for path in folder.glob("hub/*")}
    assert len(found) == len(list(folder.glob("hub/*")))


def test_the_cookie_secret_is_32_bytes_in_hexadecimal(folder: Path) -> None:
    assert len(bytes.fromhex((folder / "hub" / "cookie_secret").read_text())) == 32


def test_a_second_time_changes_no_secret(folder: Path) -> None:
    before = {path: path.read_text() for path in folder.glob("*/*")}
    secret_files.ensure_secrets(folder, UIDS, 4711)
    assert {path: path.read_text() for path in folder.glob("*/*")} == before


def test_a_lost_copy_is_made_from_the_one_that_is_left(folder: Path) -> None:
    before = (folder / "steward" / "steward_token").read_text()
    (folder / "hub" / "steward_token").unlink()
    secret_files.ensure_secrets(folder, UIDS, 4711)
    assert (folder / "hub" / "steward_token").read_text() == before


def test_a_secret_that_was_opened_to_others_is_closed_again(folder: Path) -> None:
    (folder / "hub" / "cookie_secret").chmod(0o644)
    secret_files.ensure_secrets(folder, UIDS, 4711)
    assert (folder / "hub" / "cookie_secret").stat().st_mode & 0o777 == 0o600
