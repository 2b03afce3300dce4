"""Loans become ordinary leases, oldest first, when common ground frees."""

from collections.abc import Iterable
from datetime import datetime

from hub.policy.floor import Floor
from hub.policy.leases import Lease, State
from hub.policy.promises import Promises


def promotable(floor: Floor, leases: Iterable[Lease]) -> list[int]:
    """List the loans that can be held like any lease from now on, oldest first.

    One is, when everything promised can still be kept with it, at every moment until it ends,
    or when it lies within what its own account is owed. An older loan for which there is no room
    does not keep a younger one from the room there is. One under notice stays a loan, and one
    that did not answer yet is looked at when it has.
    """
    promises = Promises(floor)
    found = []
    for loan in sorted(filter(_stands, leases), key=lambda x: (x.opened_at, x.id)):
        until = loan.expires_at
        if until is not None and promises.broken_by(loan.account, loan.parts, until) is None:
            promises.add(loan.account, loan.parts, until, loan=False)
            found.append(loan.id)
    return found


def to_take_back(leases: Iterable[Lease], now: datetime) -> list[Lease]:
    """List the leases whose notice is over."""
    return [
        lease
        for lease in leases
        if lease.state is State.ACTIVE and lease.reclaim_at is not None and lease.reclaim_at <= now
    ]


def _stands(lease: Lease) -> bool:
    return lease.loan and lease.state is State.ACTIVE and lease.reclaim_at is None
