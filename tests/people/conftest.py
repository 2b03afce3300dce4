"""An empty station."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.house import House
from tests.houses import found_station


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A station where nobody was added yet."""
    made = found_station(tmp_path)
    yield made
    made.database.dispose()
