"""Quotas somebody set: what one person may hold, what a scope holds together, and guarantees."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from hub.policy.gpus import Isolation
from hub.policy.people import SITE

GPUS = "gpus"
SERVERS = "servers"
LEASE_HOURS = "lease_hours"
LEASE_HOURS_TOTAL = "lease_hours_total"
CPUS = "cpus"
MEMORY_GIB = "memory_gib"
GPU_HOURS_EACH = "gpu_hours_each"

TOTAL_GPUS = "total_gpus"
TOTAL_SERVERS = "total_servers"
GPU_HOURS = "gpu_hours"

GUARANTEE = "guarantee"
PRIORITY = "priority"
ISOLATION = "isolation"

EACH = (GPUS, SERVERS, LEASE_HOURS, LEASE_HOURS_TOTAL, CPUS, MEMORY_GIB, GPU_HOURS_EACH)
"""What one person may hold; exactly one value of each applies, the nearest."""

TOTALS = (TOTAL_GPUS, TOTAL_SERVERS, GPU_HOURS)
"""What everybody in a scope holds together; the account's and the site's apply both."""

SAME_FOR_ONE = {TOTAL_GPUS: GPUS, TOTAL_SERVERS: SERVERS, GPU_HOURS: GPU_HOURS_EACH}
"""At the scope of one person, what all hold together is what each holds."""

BUDGETS = (GPU_HOURS, GPU_HOURS_EACH)
"""What is used up over a window."""

RIGHTS = (GUARANTEE, PRIORITY, ISOLATION)
"""What an account has, whatever others do."""

NEEDED = (GPUS, SERVERS, LEASE_HOURS)
"""Without a value of these anywhere nothing starts: no policy found means no."""

Window = Literal["day", "week", "month", "year"]
WINDOWS: tuple[Window, ...] = ("day", "week", "month", "year")

ISOLATIONS: tuple[Isolation, ...] = ("soft", "firm", "hard")
"""Weakest first; an account's demand is stored as its place in this list."""

DEFAULT_PRIORITY = 5


@dataclass(frozen=True)
class Quota:
    """One value as set; a budget's counts for each calendar window in the station's zone."""

    value: Fraction
    window: Window | None = None


@dataclass(frozen=True)
class Ceiling:
    """A value in force and the scope it was set at."""

    value: Fraction
    source: str
    window: Window | None = None


Ceilings = Mapping[tuple[str, str], Quota]
"""Everything set, by (scope, kind): ("group:field-lab", "gpus") -> Quota(2)."""


def nearest(ceilings: Ceilings, kind: str, user: str, account: str) -> Ceiling | None:
    """Find the one value that applies: the person's own, then the account's, then the site's."""
    for scope in (f"user:{user}", account, SITE):
        quota = ceilings.get((scope, kind))
        if quota is not None:
            return Ceiling(quota.value, scope, quota.window)
    return None


def together(ceilings: Ceilings, kind: str, account: str) -> list[Ceiling]:
    """List the values everybody holds together that apply: the account's and the site's."""
    scopes = dict.fromkeys((account, SITE))
    found = ((scope, ceilings.get((scope, kind))) for scope in scopes)
    return [Ceiling(quota.value, scope, quota.window) for scope, quota in found if quota]
