"""Which notices of a lease's end are due: 30 and 10 minutes before, each once for each end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.policy.leases import Lease, State

BEFORE = (timedelta(minutes=10), timedelta(minutes=30))
"""The nearest first: whoever missed the one of 30 is told the one of 10 only."""


@dataclass(frozen=True)
class DueNotice:
    """What a lease's person must be told now; `kind` says of which end and how long before."""

    lease: Lease
    kind: str
    until: datetime


def due_notices(leases: Iterable[Lease], now: datetime) -> list[DueNotice]:
    """List every notice that is due; which of them were given already is not looked at."""
    return [notice for lease in leases for notice in _of(lease, now)]


def _of(lease: Lease, now: datetime) -> Iterator[DueNotice]:
    if lease.state is not State.ACTIVE or lease.active_at is None:
        return
    for word, end in (("expires", lease.expires_at), ("reclaimed", lease.reclaim_at)):
        if end is None or end <= now:
            continue
        before = next((span for span in BEFORE if end - now <= span), None)
        if before is not None and (word == "reclaimed" or end - lease.active_at > before):
            yield DueNotice(lease, f"{word}-{before // timedelta(minutes=1)}", end)


def still_true(kind: str, until: datetime | None, lease: Lease | None, now: datetime) -> bool:
    """Say whether a notice of an end to come still tells it: a lease that runs, and ends then."""
    if lease is None or lease.state is not State.ACTIVE or until is None or until <= now:
        return False
    return until == (lease.reclaim_at if kind.startswith("reclaimed-") else lease.expires_at)
