"""Wait until the steward has ended leases that a command marked for it."""

import time
from collections.abc import Iterable

from hub import leasing
from hub.house import House
from hub.policy.leases import Lease, State

PATIENCE_S = 30.0
INTERVAL_S = 0.25


def wait_for_closing(
    house: House, lease_ids: Iterable[int], patience_s: float = PATIENCE_S
) -> list[Lease]:
    """Wait at most `patience_s`; gives the leases that are still closing then."""
    ids = list(lease_ids)
    end = time.monotonic() + patience_s
    while True:
        left = [lease for i in ids if (lease := leasing.load_lease(house, i)).state != State.CLOSED]
        if not left or time.monotonic() >= end:
            return left
        time.sleep(INTERVAL_S)  # the steward closes it, and tells only the database
