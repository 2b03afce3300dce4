"""How much of the station's GPUs is promised to whom, now and at a moment to come, in parts.

The promise every new lease keeps: the sum over accounts of what each holds, or is owed by guarantee
or reservation where that is more, is at most what is healthy.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from hub.policy.floor import Floor


def effective_guarantees(floor: Floor) -> dict[str, int]:
    """Give each account's guarantee as it counts now: times healthy over nominal, in slots.

    GPUs that were taken out for good are lost too: guarantees were never more than all GPUs.
    """
    nominal = max(floor.nominal, sum(floor.guarantees.values()))
    if floor.healthy >= nominal:
        return dict(floor.guarantees)
    slot = floor.smallest_slot
    return {
        account: parts * floor.healthy // nominal // slot * slot
        for account, parts in floor.guarantees.items()
    }


def held_at(floor: Floor, moment: datetime) -> Mapping[str, int]:
    """Sum what each account's leases, loans left out, are still promised at a moment.

    A lease of which nobody knows until when it runs is taken to run on.
    """
    if moment <= floor.now:
        return floor.held
    sums = dict(floor.held)
    for until, account, parts in floor.holdings.ends:
        if until > moment:
            break
        sums[account] -= parts
    return sums


def reserved_at(floor: Floor, moment: datetime) -> dict[str, int]:
    """Sum what is reserved for each account at a moment."""
    sums: dict[str, int] = defaultdict(int)
    for window in floor.occurrences:
        if window.since <= moment < window.until:
            sums[window.account] += window.parts
    return sums


def promised(
    held: Mapping[str, int], reserved: Mapping[str, int], guaranteed: Mapping[str, int]
) -> int:
    """Sum over accounts what each holds or is owed, whichever is more."""
    accounts = {*held, *reserved, *guaranteed}
    return sum(max(held.get(a, 0), reserved.get(a, 0), guaranteed.get(a, 0)) for a in accounts)


def promised_at(floor: Floor, moment: datetime) -> int:
    """Sum what is promised at a moment."""
    return promised(held_at(floor, moment), reserved_at(floor, moment), effective_guarantees(floor))
