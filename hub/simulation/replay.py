"""Turn what was recorded into a trace."""

from collections.abc import Iterable

from hub.policy.history import PastRequest
from hub.simulation.jobs import Job, in_order


def to_jobs(past: Iterable[PastRequest]) -> tuple[Job, ...]:
    """Give recorded requests as jobs; one that still runs or waits is taken to use all its time."""
    return in_order([_job(request) for request in past if request.duration.total_seconds() > 0])


def _job(request: PastRequest) -> Job:
    return Job(
        name=request.name,
        gpus=request.gpus,
        submit=request.asked_at,
        asked=request.duration,
        ran=request.duration if request.ran is None else min(request.ran, request.duration),
        user=request.user,
        account=request.account,
    )
