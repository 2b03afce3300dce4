"""Until when a lease runs that begins some time after it was opened."""

from datetime import datetime, timedelta

from hub.policy.floor import Floor
from hub.policy.leases import Lease
from hub.policy.promises import Moment, Promises

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
    promises = Promises(floor)
    broken = promises.broken_by(lease.account, lease.parts, whole, counted_on)
    if broken is None or not _is_owed(promises.at(broken.at), lease.account):
        return whole
    return broken.at


def _is_owed(moment: Moment, account: str) -> bool:
    """Say whether any other account is owed more than it holds: GPUs lost meanwhile owe nobody."""
    others = ((a, parts) for a, parts in moment.owed.items() if a != account)
    return any(parts > moment.held.get(a, 0) for a, parts in others)
