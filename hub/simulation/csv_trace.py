"""Read a trace from a CSV file; everything wrong in it is refused with its line."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from hub.errors import BadValue
from hub.policy.ceilings import DEFAULT_PRIORITY
from hub.policy.people import SITE
from hub.simulation.generator import BEGIN
from hub.simulation.jobs import Job, in_order

NEEDED = ("name", "gpus", "submit", "duration", "user")
OPTIONAL = ("slots", "group", "priority", "asked")
SLOTS = 4
"""Into how many slots a trace's GPUs are dealt out."""

LARGEST_FILE = 200_000_000
MOST_JOBS = 1_000_000
MOST_FAULTS = 10
MOST_GPUS = 1024
LONGEST = timedelta(days=366)
LATEST = timedelta(days=3660)
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
SPAN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)([smhd]?)")
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
LABEL = re.compile(r"[^\x00-\x1f\x7f]{1,80}")


class TraceError(BadValue):
    """The trace can't be read; the message carries its lines and columns."""


def load_trace(path: Path) -> tuple[Job, ...]:
    """Read a trace file; raises TraceError."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise TraceError(f"{path.name}: larger than {LARGEST_FILE} bytes")
        return parse_trace(path.read_text(encoding="utf-8-sig"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise TraceError(f"{path.name}: can't be read: {error}") from None


def parse_trace(text: str, name: str = "trace") -> tuple[Job, ...]:
    """Read the text of a trace: a heading, then a job a line; raises TraceError.

    `gpus` and `slots` are so many GPUs and so many of the 4 slots of each, all of them where
    `slots` is empty; a part of a GPU may stand in `gpus` itself. `submit` is seconds or a time.
    `duration` is how long it runs, `asked` the time promised to it where that is longer: seconds,
    or a number with s, m, h or d behind it. `slots`, `group`, `priority`, `asked` may be missing.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    faults: list[str] = []
    jobs: list[Job] = []
    heading: list[str] | None = None
    try:
        for cells in reader:
            if heading is None:
                heading = _read_heading(cells, name)
            elif cells:
                _read_line(heading, cells, jobs, faults, f"{name} line {reader.line_num}")
            if len(faults) == MOST_FAULTS:
                break
    except csv.Error as error:
        faults.append(f"{name} line {reader.line_num}: {error}")
    if faults:
        raise TraceError("; ".join(faults))
    if not jobs:
        raise TraceError(f"{name}: there is no job in it")
    return in_order(jobs)


def _read_heading(cells: list[str], name: str) -> list[str]:
    heading = [cell.strip().lower() for cell in cells]
    missing = [column for column in NEEDED if column not in heading]
    unknown = [column for column in heading if column not in (*NEEDED, *OPTIONAL)]
    if missing or unknown or len(set(heading)) != len(heading):
        told = [f"without {', '.join(missing)}"] if missing else []
        told += [f"with unknown {', '.join(map(repr, unknown))}"] if unknown else []
        raise TraceError(f"{name} line 1: a heading {' and '.join(told) or 'that repeats a name'}")
    return heading


def _read_line(
    heading: list[str], cells: list[str], jobs: list[Job], faults: list[str], where: str
) -> None:
    if len(jobs) == MOST_JOBS:
        faults.append(f"{where}: more than {MOST_JOBS} jobs")
    elif len(cells) != len(heading):
        faults.append(f"{where}: {len(cells)} values below {len(heading)} headings")
    else:
        row = {key: cell.strip() for key, cell in zip(heading, cells, strict=True)}
        try:
            jobs.append(_read_job(row, f"line-{where.rsplit(' ', 1)[1]}"))
        except ValueError as error:
            faults.append(f"{where}: {error}")


def _read_job(row: Mapping[str, str], fallback: str) -> Job:
    """Read one job; raises ValueError with what is wrong."""
    ran = _span(row, "duration")
    asked = _span(row, "asked") if row.get("asked") else ran
    if asked < ran:
        raise ValueError(f"asked {row['asked']!r} is shorter than its duration")
    group = _label(row, "group")
    return Job(
        name=_label(row, "name") or fallback,
        gpus=_share(row),
        submit=_moment(row["submit"]),
        asked=asked,
        ran=ran,
        user=_label(row, "user", needed=True),
        account=f"group:{group}" if group else SITE,
        priority=_priority(row.get("priority", "")),
    )


def _share(row: Mapping[str, str]) -> Fraction:
    gpus, slots = row["gpus"], row.get("slots", "")
    if not NUMBER.fullmatch(gpus) or (slots and not slots.isdecimal()):
        raise ValueError(f"gpus {gpus!r} and slots {slots!r} are not numbers of GPUs and slots")
    share = Fraction(gpus)
    of_each = int(slots[:9]) if slots else None
    if (share == 1 and of_each is not None and 1 <= of_each <= SLOTS) or (
        share == 0 and of_each is not None and 1 <= of_each <= SLOTS
    ):
        share = Fraction(of_each, SLOTS)
    elif of_each is not None and of_each not in (share * SLOTS, SLOTS if share > 1 else None):
        raise ValueError(f"gpus {gpus} and slots {slots} do not agree: a GPU has {SLOTS}")
    dealable = share.denominator == 1 if share > 1 else (share * SLOTS).denominator == 1
    if not dealable or not 0 < share <= MOST_GPUS:
        raise ValueError(f"gpus {gpus} is neither quarters of one GPU nor whole GPUs")
    return share


def _span(row: Mapping[str, str], column: str) -> timedelta:
    found = SPAN.fullmatch(row[column])
    if found is None:
        raise ValueError(f"{column} {row[column]!r} is not a time such as 3600, 90m or 2h")
    seconds = Fraction(found[1]) * SECONDS[found[2]]
    if not 0 < seconds <= LONGEST.total_seconds():
        raise ValueError(f"{column} {row[column]!r} is not above 0 and at most {LONGEST.days} days")
    return timedelta(milliseconds=max(1, int(seconds * 1000)))


def _moment(text: str) -> datetime:
    if NUMBER.fullmatch(text):
        after = timedelta(milliseconds=int(Fraction(text) * 1000))
        if after > LATEST:
            raise ValueError(f"submit {text!r} is beyond {LATEST.days} days")
        return BEGIN + after
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"submit {text!r} is neither seconds nor a time") from None
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise ValueError(f"submit {text!r} is out of range")
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _priority(text: str) -> int:
    if not text:
        return DEFAULT_PRIORITY
    if not re.fullmatch("[0-9]", text):
        raise ValueError(f"priority {text!r} is not 0 to 9")
    return int(text)


def _label(row: Mapping[str, str], column: str, needed: bool = False) -> str:
    text = row.get(column, "")
    if not text and not needed:
        return ""
    if not LABEL.fullmatch(text):
        raise ValueError(f"{column} {text[:80]!r} is not a name of 1 to 80 characters")
    return text
