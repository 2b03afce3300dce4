"""The station of the leasing tests, here too."""

from tests.leasing.conftest import house

__all__ = ["house"]
