"""Small traces on one or two GPUs, for stories that can be worked out by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hub.policy.ceilings import GPUS, LEASE_HOURS, SERVERS, Quota
from hub.policy.gpus import Gpu
from hub.simulation.jobs import Job
from hub.simulation.world import Story

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)

OPEN: Mapping[tuple[str, str], Quota] = {
    ("site", GPUS): Quota(Fraction(100)),
    ("site", SERVERS): Quota(Fraction(100)),
    ("site", LEASE_HOURS): Quota(Fraction(100)),
}
"""Quotas so wide that they are in nobody's way."""


def gpus(count: int) -> tuple[Gpu, ...]:
    """Give GPUs of four slots on one node."""
    return tuple(Gpu(f"GPU-{n}", "Test GPU", "a", "Test GPU", 16384, 4) for n in range(count))


def job(name: str, share: str, at: float, hours: float, **changes: object) -> Job:
    """Make a job that is submitted and runs so many hours after Monday began.

    Its user is called as it is; `asked` are the hours it asked for, if it asked for more.
    """
    asked = changes.pop("asked", hours)
    assert isinstance(asked, int | float)
    plain = Job(
        name=name,
        gpus=Fraction(share),
        submit=MONDAY + timedelta(hours=at),
        asked=timedelta(hours=asked),
        ran=timedelta(hours=hours),
        user=name,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def starts(story: Story) -> dict[str, float]:
    """Give the hour after Monday began at which every job started."""
    return {r.job.name: (r.started - MONDAY).total_seconds() / 3600 for r in story.runs}
