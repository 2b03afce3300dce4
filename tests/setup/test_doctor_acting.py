"""Doctor says whether a steward acts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from admin.setup.doctor_station import check_acting
from hub.house import House
from hub.store import duties
from tests.houses import found_station

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECONDS = timedelta(seconds=10)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[House]:
    """A station that never ran."""
    made = found_station(tmp_path / "home")
    yield made
    made.database.dispose()


def test_a_steward_that_renewed_in_time_acts(station: House) -> None:
    with station.database.write() as db:
        duties.hold(db, duties.STEWARD, "a", NOW, NOW + SECONDS)
    found = check_acting(station, NOW)
    assert (found.code, found.ok, found.remedy) == ("acting", True, None)


@pytest.mark.parametrize("late", [SECONDS, timedelta(days=1)])
def test_one_that_did_not_is_missed(station: House, late: timedelta) -> None:
    with station.database.write() as db:
        duties.hold(db, duties.STEWARD, "a", NOW, NOW + SECONDS)
    found = check_acting(station, NOW + late)
    assert (found.ok, found.severity) == (False, "error")
    assert "steward-1" in str(found.remedy)


def test_where_none_ever_acted_it_is_said(station: House) -> None:
    assert not check_acting(station, NOW).ok
