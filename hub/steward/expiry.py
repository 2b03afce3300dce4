"""Begin to close every lease whose time is over."""

from datetime import datetime

from hub import leasing
from hub.policy.leases import EndReason
from hub.policy.lifecycle import expired
from hub.steward.office import Office


def close_expired(office: Office, now: datetime) -> None:
    """Begin closing; `closings` ends the servers."""
    for lease in expired(leasing.load_open(office.house), now):
        leasing.begin_closing(office.house, lease.id, EndReason.EXPIRE, now)
