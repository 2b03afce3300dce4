"""Keep what is known of the GPUs fresh."""

from datetime import datetime

from hub.inventory import refresh
from hub.steward.office import Office


def refresh_inventory(office: Office, now: datetime) -> None:
    """Store what the agent sees."""
    refresh(office.house, office.agent, now)
