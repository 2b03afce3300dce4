"""Doctor on the database: one that does not answer is a finding, never the end of the list."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from admin.setup.doctor_station import check_books, check_password
from hub.house import make_house
from hub.settings import DatabaseSection, Settings
from tests.houses import found_station, make_station

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AWAY = Settings(
    database=DatabaseSection(url="postgresql://allotment:a-secret@127.0.0.1:1/allotment")
)


def test_a_server_that_is_away_is_told_with_what_to_do_and_no_password(tmp_path: Path) -> None:
    house = make_house(make_station(tmp_path), AWAY)
    [found] = check_books(house, NOW)
    house.database.dispose()
    assert (found.code, found.ok, found.severity) == ("database", False, "error")
    assert "refused" in found.message
    assert "start PostgreSQL" in str(found.remedy)
    assert "a-secret" not in found.message


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    house = found_station(tmp_path)
    house.database.dispose()
    house.station.database_file.write_bytes(b"this is no database" * 100)
    [found] = check_books(house, NOW)
    house.database.dispose()
    assert (found.code, found.ok) == ("database", False)
    assert "disk" in str(found.remedy)


def test_one_that_answers_is_checked_on(tmp_path: Path) -> None:
    house = found_station(tmp_path)
    codes = [found.code for found in check_books(house, NOW)]
    house.database.dispose()
    assert codes == ["database", "clock", "closing", "acting", "reservations"]


@pytest.mark.parametrize(("mode", "closed"), [(0o600, True), (0o644, False), (0o640, False)])
def test_a_password_that_others_can_read_is_warned_of(
    tmp_path: Path, mode: int, closed: bool
) -> None:
    file = tmp_path / "allotment.toml"
    file.touch()
    file.chmod(mode)
    found = check_password(tmp_path, AWAY)
    assert found.ok is closed
    assert closed or str(found.remedy).startswith("chmod 600")


def test_without_a_password_the_file_may_be_open(tmp_path: Path) -> None:
    (tmp_path / "allotment.toml").touch(mode=0o644)
    assert check_password(tmp_path, Settings()).ok
