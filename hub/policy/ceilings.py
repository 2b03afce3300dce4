"""Ceilings somebody set, and which of them applies to a person: the nearest."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from hub.policy.people import SITE

GPUS = "gpus"
SERVERS = "servers"
LEASE_HOURS = "lease_hours"
CPUS = "cpus"
MEMORY_GIB = "memory_gib"

EACH = (GPUS, SERVERS, LEASE_HOURS, CPUS, MEMORY_GIB)
"""What one person may hold; exactly one value of each applies."""

NEEDED = (GPUS, SERVERS, LEASE_HOURS)
"""Without a value of these anywhere nothing starts: no policy found means no."""


@dataclass(frozen=True)
class Ceiling:
    """A value in force and the scope it was set at."""

    value: Fraction
    source: str


Ceilings = Mapping[tuple[str, str], Fraction]
"""Everything set, by (scope, kind): ("group:field-lab", "gpus") -> 2."""


def nearest(ceilings: Ceilings, kind: str, user: str, account: str) -> Ceiling | None:
    """Find the one value that applies: the person's own, then the account's, then the site's."""
    for scope in (f"user:{user}", account, SITE):
        value = ceilings.get((scope, kind))
        if value is not None:
            return Ceiling(value, scope)
    return None
