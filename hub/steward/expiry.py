"""Begin to close every lease whose time is over, and every server that nobody came for."""

from datetime import datetime, timedelta

from hub import leasing
from hub.policy.leases import EndReason
from hub.policy.lifecycle import expired, unclaimed
from hub.steward.office import Office


def close_expired(office: Office, now: datetime) -> None:
    """Begin closing; `closings` ends the servers."""
    house = office.house
    after = timedelta(seconds=house.settings.leases.unclaimed_s)
    leases = leasing.load_open(house)
    for lease in expired(leases, now):
        leasing.begin_closing(house, lease.id, EndReason.EXPIRE, now)
    for lease in unclaimed(leases, now, after):
        leasing.begin_closing(house, lease.id, EndReason.UNCLAIMED, now)
