"""Opening the station for one command."""

import os
import stat
from pathlib import Path

import pytest

from hub.house import House
from tests.admin.conftest import Run

SHARED = 0o660


def test_whoever_is_not_root_is_told_so_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert run("user", "list", "--json").code == "not-root"


def test_where_there_is_no_station_the_line_says_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALLOTMENT_HOME", str(tmp_path / "elsewhere"))
    answer = run("lease", "list")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err == "allotment: There is no station here yet; run: ./allotment up\n"
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_database_is_not_made_anew(run: Run, house: House) -> None:
    house.station.database_file.unlink()
    assert run("user", "list", "--json").code == "no-station"
    assert not house.station.database_file.exists()


def test_a_damaged_database_is_one_line(run: Run, house: House) -> None:
    house.station.database_file.write_bytes(b"not a database" * 100)
    assert run("user", "list", "--json").code == "database"


def test_units_can_go_on_writing_after_a_command(run: Run, house: House) -> None:
    station = house.station.model_copy(update={"gid": 4242})
    (station.state / "station.json").write_text(station.model_dump_json())
    house.database.dispose()  # so that the files beside the database are made by the command
    folder = station.database_file.parent
    os.chown(folder, 0, station.gid)
    folder.chmod(0o2770)
    os.chown(station.database_file, 0, station.gid)
    station.database_file.chmod(SHARED)
    assert run("user", "add", "ann").status == 0
    assert len(list(folder.iterdir())) == 3
    for file in folder.iterdir():
        facts = file.stat()
        assert (facts.st_gid, stat.S_IMODE(facts.st_mode)) == (station.gid, SHARED), file.name
