"""Make the windows of reservations that recur, 60 days ahead."""

from datetime import datetime

from hub import reservations
from hub.steward.office import Office


def make_windows(office: Office, now: datetime) -> None:
    """Make those that are not there yet."""
    reservations.ensure_occurrences(office.house, now)
