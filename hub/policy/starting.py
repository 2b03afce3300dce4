"""Until when a lease runs that begins some time after it was opened."""

from datetime import datetime, timedelta

from hub.policy.floor import Floor
from hub.policy.leases import Lease
from hub.policy.promises import Promises

SOON = timedelta(seconds=1)
"""From then on a lease held longer than it was to run is taken to hold nothing."""


def end_of(floor: Floor, lease: Lease) -> datetime:
    """Give the end of a held lease that becomes active now: all its time, counted from now.

    Not into what was promised to others meanwhile, who counted on the time from its opening:
    a start, or an offer that stood for a while, then costs its owner that much. A loan is taken
    back anyway.
    """
    whole = floor.now + lease.duration
    if lease.loan or not lease.parts:
        return whole
    counted_on = max(lease.opened_at + lease.duration, floor.now + SOON)
    broken = Promises(floor).broken_by(lease.account, lease.parts, whole, counted_on)
    return whole if broken is None else broken.at
