"""How hard each process works a GPU, as the driver samples it; None where it does not tell."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import Any

import pynvml

from hub.gpus.facts import GpuProcess
from hub.gpus.nvml_fields import DRIVER_GONE, LOST, Fields

OVER = timedelta(seconds=10)
"""The driver is asked for its samples of this time; it keeps a few seconds of them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MOST_PERCENT = 100


def with_utilization(
    handle: Any, processes: Iterable[GpuProcess], now: datetime, fields: Fields
) -> tuple[GpuProcess, ...]:
    """Add to each process how many percent of the time it kept the GPU busy, over its samples.

    NVML has samples of what worked only (nvmlDeviceGetProcessUtilization), so a process without
    one did nothing.
    """
    listed = tuple(processes)
    told = fields.get("process utilization", None, _read, handle, now) if listed else None
    if told is None:
        return listed
    return tuple(replace(one, utilization_percent=told.get(one.pid, 0)) for one in listed)


def _read(handle: Any, now: datetime) -> dict[int, int] | None:
    """Average each process's samples; what is above 100 is a slip that some drivers make.

    A card is not broken because its samples can't be had: the bindings ask for their number first,
    and it may have grown when they ask for the samples.
    """
    since = (now - OVER - EPOCH) // MICROSECOND
    try:
        samples = pynvml.nvmlDeviceGetProcessUtilization(handle, since)
    except pynvml.NVMLError_NotFound:
        return {}
    except pynvml.NVMLError as error:
        if error.value in (*DRIVER_GONE, *LOST):
            raise
        # The bindings raise "success" where the list of samples is empty.
        return {} if error.value == pynvml.NVML_SUCCESS else None
    by_pid: dict[int, list[int]] = defaultdict(list)
    for sample in samples:
        if sample.pid and sample.smUtil <= MOST_PERCENT:
            by_pid[int(sample.pid)].append(int(sample.smUtil))
    return {pid: _average(percents) for pid, percents in by_pid.items()}


def _average(percents: list[int]) -> int:
    """Round up to one: a process that worked at all is never told as idle."""
    mean = fmean(percents)
    return max(round(mean), 1) if mean else 0
